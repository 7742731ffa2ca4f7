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
        msg message @m @message Message MESSAGE event textPayload short_message fields.message jsonPayload.message body
        errorMessage
        @mt RenderedMessage line log _raw
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
        request_id requestId reqId req.id request.id req_id requestID request-id x-request-id X-Request-Id X-Request-ID
        x_request_id
        http_x_request_id xRequestId RequestId RequestID http.request.id req.headers.x-request-id request.headers.x-request-id
        headers.x-request-id http.request.header.x-request-id httpRequest.requestId TraceIdentifier extra.uid extra.request_id
        awsRequestId aws_request_id lambda_request_id function_request_id requestContext.requestId faas.invocation_id
        InvocationId
        invocationId correlationId correlation_id CorrelationId correlationID correlation-id x-correlation-id X-Correlation-Id
        X-Correlation-ID x_correlation_id http_x_correlation_id req.headers.x-correlation-id request.headers.x-correlation-id
        context.request_id context.requestId mdc.requestId mdc.request_id mdc.correlationId contextMap.requestId
        contextMap.request_id
        contextMap.correlationId context_map.requestId payload.request_id named_tags.request_id cf_ray cf-ray CF-RAY CF-Ray
        RayID
        req.headers.cf-ray request.headers.cf-ray transaction.id jid
        """,
    "trace": """
        trace_id traceId trace.id traceID TraceId TraceID @tr otelTraceID dd.trace_id mdc.traceId mdc.trace_id
        contextMap.traceId
        contextMap.trace_id context_map.trace_id extra.trace_id context.trace_id logging.googleapis.com/labels.traceId
        contextMap.dd.trace_id span.trace_id logging.googleapis.com/trace
        x-b3-traceid X-B3-TraceId req.headers.x-b3-traceid request.headers.x-b3-traceid operation_Id
        """,
    "span": """
        span_id spanId span.id spanID SpanId SpanID @sp otelSpanID dd.span_id mdc.spanId mdc.span_id contextMap.spanId
        contextMap.span_id
        contextMap.dd.span_id logging.googleapis.com/spanId x-b3-spanid X-B3-SpanId
        """,
    "propagated": """
        traceparent Traceparent req.headers.traceparent request.headers.traceparent headers.traceparent http_traceparent
        elastic-apm-traceparent b3 req.headers.b3 uber-trace-id sentry-trace X-Amzn-Trace-Id x-amzn-trace-id x_amzn_trace_id
        req.headers.x-amzn-trace-id request.headers.x-amzn-trace-id http_x_amzn_trace_id xray_trace_id xRayTraceId
        X-Cloud-Trace-Context x-cloud-trace-context req.headers.x-cloud-trace-context
        """,
    "session": "session_id sessionId session.id SessionId sessionID",
    "user": "user_id userId user.id enduser.id UserId usr.id",
    "thread": "thread thread_name threadName thread.name process.thread.name ctx thread_id threadId ThreadId process.thread.id process_thread_name",
    "worker": "worker worker_id workerId worker.id worker_name workerName",
    "process": "pid process.pid process_id processId process ProcessId PID process_pid _PID SYSLOG_PID",
    "host": """
        hostname host host.name host.hostname HOSTNAME MachineName _HOSTNAME kubernetes.host kubernetes.node.name k8s.node.name
        resource.attributes.host.name resource.host.name
        """,
    "service": """
        service.name service resource.attributes.service.name resource.service.name otelServiceName dd.service app
        application appname
        serviceName service_name ServiceName app.name application_name ApplicationName Application serviceContext.service
        labels.service_name labels.app
        properties.service SYSLOG_IDENTIFIER kubernetes.labels.app.kubernetes.io/name kubernetes.labels.app_kubernetes_io/name
        kubernetes.labels.app kubernetes.labels.k8s-app kubernetes.deployment.name k8s.deployment.name
        resource.attributes.k8s.deployment.name name
        """,
    "container": """
        container container_name container.name containerName container_id container.id kubernetes.container_name
        kubernetes.container.name k8s.container.name resource.attributes.k8s.container.name resource.labels.container_name
        docker.container_id CONTAINER_NAME
        """,
    "pod": """
        involvedObject.name labels.pod pod pod_name podName pod.name kubernetes.pod_name kubernetes.pod.name k8s.pod.name
        resource.attributes.k8s.pod.name
        resource.labels.pod_name
        """,
    "database": "dbname database db.name db.namespace",
    "peer": """
        peer.address peerAddress upstream_addr upstream_host upstreamAddr upstreamHost UpstreamHost upstream.address upstream
        ServiceAddr ServiceURL proxy_upstream err.config.baseURL err.config.url config.baseURL db.connection_string
        """,
    "peer_host": """
        err.address error.address err.hostname error.hostname cause.address err.cause.address net.peer.name peer.hostname
        db.host
        destination.address server.address
        """,
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
}
"""What a field means: the names it goes by, the best first. The first meaning of a name counts."""

PORTS: Mapping[str, str] = {
    "err.address": "err.port", "error.address": "error.port", "cause.address": "cause.port", "err.cause.address": "err.cause.port",
    "net.peer.name": "net.peer.port", "peer.hostname": "peer.port", "db.host": "db.port", "destination.address": "destination.port",
    "server.address": "server.port",
}  # fmt: skip
"""The field of the port that belongs to an address."""

CALLS = ("db.system", "db.system.name", "messaging.system", "rpc.system", "http.client")
"""`server.address` is the one that was called only beside one of these: else it is the server's own."""

ROLES: Mapping[str, tuple[str, int]] = {
    name: (role, rank) for role, names in reversed(_NAMES.items()) for rank, name in reversed(list(enumerate(names.split())))
}
"""Name → (what it means, its rank among the names of that meaning)."""
