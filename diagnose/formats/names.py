"""What the fields of structured records are called, whatever logger wrote them."""

from __future__ import annotations

from collections.abc import Mapping

_NAMES = {
    "level": """
        level_name levelname level severity log.level lvl loglevel logLevel LogLevel Level @l error_severity severityText
        SeverityText severity_text PRIORITY s
        """,
    "time": """
        time timestamp @timestamp ts @t t.$date t datetime date Timestamp asctime TimeStamp eventTime timeMillis
        instant.epochSecond StartUTC start_time _SOURCE_REALTIME_TIMESTAMP __REALTIME_TIMESTAMP lastTimestamp eventTime
        firstTimestamp
        """,
    "message": """
        msg message @m @message Message MESSAGE event textPayload short_message fields.message jsonPayload.message body errorMessage
        @mt RenderedMessage line log
        """,
    "stack": """
        err.stack error.stack stack stack_trace error.stack_trace exc_info exc_text exception.stacktrace exception.stack @x
        Exception stacktrace stackTrace exception exception.stackTrace traceback err.stacktrace error.stackTrace
        thrown.extendedStackTrace trace errorVerbose e.stack error.object.stack error_stack_trace
        context.stack_trace
        """,
    "error_type": """
        err.type error.type err.name error.name exception.class exception.type err.class errorType exception.exception_class
        context.exception.class error.class thrown.name errorName error_type
        """,
    "error_message": """
        err.message error.message error err exception.message exception.exception_message context.exception.message
        thrown.message error_message
        """,
    "request": """
        request_id requestId reqId req.id request.id req_id requestID request-id x-request-id X-Request-Id x_request_id
        RequestId correlationId correlation_id CorrelationId x-correlation-id http.request.id req.headers.x-request-id
        TraceIdentifier extra.uid awsRequestId mdc.requestId mdc.request_id contextMap.requestId extra.request_id
        context.request_id
        """,
    "trace": """
        trace_id traceId trace.id traceID TraceId @tr otelTraceID dd.trace_id mdc.traceId mdc.trace_id contextMap.traceId
        contextMap.trace_id logging.googleapis.com/trace logging.googleapis.com/labels.traceId extra.trace_id context.trace_id
        """,
    "session": "session_id sessionId session.id",
    "user": "user_id userId user.id enduser.id UserId usr.id",
    "thread": "thread thread_name threadName thread.name process.thread.name ctx thread_id process_thread_name",
    "process": "pid process.pid process_id processId process ProcessId process_pid _PID SYSLOG_PID",
    "host": "hostname host host.name host.hostname HOSTNAME MachineName _HOSTNAME",
    "service": """
        service.name service name app application appname serviceName service_name app.name application_name
        serviceContext.service SYSLOG_IDENTIFIER labels.service_name labels.app kubernetes.labels.app
        """,
    "container": """
        container container_id container.id container.name kubernetes.pod_name kubernetes.pod.name labels.pod involvedObject.name
        CONTAINER_NAME
        """,
    "database": "dbname database db.name",
    "logger": "logger logger_name log.logger loggerName SourceContext Category context target channel c log_logger",
    "status": """
        statusCode res.statusCode status_code response.statusCode response.status http.response.status_code http.status_code
        httpRequest.status StatusCode status res.status DownstreamStatus response_code
        """,
    "method": """
        req.method method request.method http.request.method httpRequest.requestMethod http.method RequestMethod Method
        request_method
        """,
    "path": """
        req.url url path request.url uri request.uri request_uri url.path http.target httpRequest.requestUrl RequestPath
        req.path url.original http.route Path request
        """,
    "duration": """
        duration_ms responseTime response_time durationMs duration elapsed_ms elapsedMs latency_ms latency elapsed took
        durationMillis attr.durationMillis Elapsed ElapsedMilliseconds event.duration request_time res.responseTime
        response_time_ms Duration requestTimeMicros
        """,
    "peer": """
        upstream_addr upstreamAddr upstream_host upstreamHost UpstreamHost ServiceAddr upstream.address
        """,
}
"""What a field means: the names it goes by, the best first. The first meaning of a name counts."""

ROLES: Mapping[str, tuple[str, int]] = {
    name: (role, rank) for role, names in reversed(_NAMES.items()) for rank, name in reversed(list(enumerate(names.split())))
}
"""Name → (what it means, its rank among the names of that meaning)."""
