"""Records that carry other programs' records: syslog, the journal, the kernel's reports, exports of log stores."""
