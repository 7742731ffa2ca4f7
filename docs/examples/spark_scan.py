"""diagnose on Spark: one row an object, read where Spark puts it, merged on the driver.

    spark-submit spark_scan.py FOLDER_FOR_RESULTS LOG_LOCATION…
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pandas as pd
from pyspark import StorageLevel
from pyspark.sql import SparkSession

from diagnose import Job, scan_object
from diagnose.printers.json import JsonPrinter


def read(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """Each task of each batch; a row of what came of it at once, so that one result is in memory at a time."""
    for batch in batches:
        for task in batch["task"]:
            outcome = scan_object(task)
            yield pd.DataFrame(
                {
                    "task": [task],
                    "result": [outcome.get("result")],
                    "failed": [outcome.get("failed")],
                    "outside": [outcome.get("outside", False)],
                }
            )


def main(folder: str, locations: list[str]) -> None:
    """Plan, read on Spark, merge here, print the report as JSON."""
    spark = SparkSession.builder.appName("diagnose").getOrCreate()
    job = Job(locations, folder)
    if job.tasks:
        # A partition for each object: Spark gives a free core the next one, and repeats only what was lost.
        tasks = spark.sparkContext.parallelize([(task,) for task in job.tasks], len(job.tasks)).toDF("task string")
        found = tasks.mapInPandas(read, "task string, result binary, failed string, outside boolean")
        found.persist(StorageLevel.DISK_ONLY)
        found.count()  # all partitions at once; the iterator below takes one after the other
        for row in found.toLocalIterator():
            outcome = {"result": bytes(row.result)} if row.result is not None else {"failed": row.failed, "outside": row.outside}
            job.take(row.task, outcome)
    spark.stop()
    JsonPrinter().print(job.report(), sys.stdout, {})


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
