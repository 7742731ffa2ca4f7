"""The errors that a corpus plants, and the rule that is to count each: once a record, whatever else it shows.

Only rules whose condition looks at one record are planted, so that what is to be found is known without asking them.
"""

from __future__ import annotations

from benchmarks.dress import UNKNOWN, Error

REFUSED, TIMEOUT, READ, DNS = "network/connection-refused", "network/connect-timeout", "network/read-timeout", "network/dns-failure"
PG_KEY, MY_KEY, LITE_KEY, MONGO_KEY = (f"{database}/duplicate-key" for database in ("postgresql", "mysql", "sqlite", "mongodb"))
PG_TABLE, MY_TABLE, LITE_TABLE = (f"{database}/missing-table" for database in ("postgresql", "mysql", "sqlite"))
PG_FULL, MY_FULL = "postgresql/too-many-connections", "mysql/too-many-connections"
CANCELLED, STARTING, POOL = "postgresql/statement-timeout", "postgresql/starting-up", "database/pool-exhausted"
EXPIRED, SIGNATURE, MALFORMED = "jwt/expired", "jwt/bad-signature", "jwt/malformed"
JAVA_HEAP, MEMORY, OOM = "java/heap-exhausted", "python/memory-exhausted", "linux/oom-killed"
UPSTREAM_REFUSED, UPSTREAM_TIMEOUT, UPSTREAM_CLOSED = (f"nginx/upstream-{what}" for what in ("refused", "timeout", "closed"))

_REQUEST = 'client: «client», server: shop.example.com, request: "«method» «path» HTTP/1.1"'
_KEY = 'duplicate key value violates unique constraint "«table»_«column»_key"'

_NODE = [
    (REFUSED, "Error", "connect ECONNREFUSED «ip»:«port»", "request errored", {"errno": -111, "code": "ECONNREFUSED", "syscall": "connect"}),
    (REFUSED, "AggregateError", "connect ECONNREFUSED ::1:«port», connect ECONNREFUSED «ip»:«port»", "health check failed", {}),
    (TIMEOUT, "Error", "connect ETIMEDOUT «ip»:«port»", "request errored", {"code": "ETIMEDOUT", "syscall": "connect"}),
    (TIMEOUT, "ConnectTimeoutError", "Connect Timeout Error (attempted address: «ip»:«port», timeout: «slow»ms)", "call failed", {"code": "UND_ERR_CONNECT_TIMEOUT"}),
    (READ, "AxiosError", "timeout of «slow»ms exceeded", "price sync failed", {}),
    (READ, "HeadersTimeoutError", "Headers Timeout Error", "call failed", {"code": "UND_ERR_HEADERS_TIMEOUT"}),
    (DNS, "Error", "getaddrinfo ENOTFOUND «fqdn»", "request errored", {"errno": -3008, "code": "ENOTFOUND", "syscall": "getaddrinfo"}),
    (DNS, "Error", "getaddrinfo EAI_AGAIN «host»", "request errored", {"code": "EAI_AGAIN"}),
    (PG_KEY, "error", _KEY, "request errored", {"code": "23505", "detail": "Key («column»)=(«email») already exists.", "table": "«table»"}),
    (MY_KEY, "Error", "Duplicate entry '«ref»' for key '«table».«column»'", "create failed", {"code": "ER_DUP_ENTRY", "errno": 1062, "sqlState": "23000"}),
    (LITE_KEY, "SqliteError", "UNIQUE constraint failed: «table».«column»", "register failed", {}),
    (MONGO_KEY, "MongoServerError", 'E11000 duplicate key error collection: shop.«table» index: «column»_1 dup key: { «column»: "«ref»" }', "insert failed", {}),
    (PG_TABLE, "error", 'relation "«table»" does not exist', "request errored", {"code": "42P01"}),
    (MY_TABLE, "Error", "Table 'shop.«table»' doesn't exist", "request errored", {"code": "ER_NO_SUCH_TABLE", "errno": 1146}),
    (PG_FULL, "error", "sorry, too many clients already", "request errored", {"code": "53300"}),
    (MY_FULL, "Error", "Too many connections", "request errored", {"code": "ER_CON_COUNT_ERROR", "errno": 1040}),
    (STARTING, "error", "the database system is starting up", "request errored", {"code": "57P03"}),
    (POOL, "Error", "timeout exceeded when trying to connect", "request errored", {}),
    (EXPIRED, "TokenExpiredError", "jwt expired", "token refused for «user»", {"expiredAt": "2026-11-22T11:18:21.000Z"}),
    (SIGNATURE, "JsonWebTokenError", "invalid signature", "token refused for «user»", {}),
    (MALFORMED, "JsonWebTokenError", "jwt malformed", "token refused", {}),
    (UNKNOWN, "ValidationError", "quantity of «ref» must be at least «digit»", "order «id» rejected", {}),
    (UNKNOWN, "TypeError", "Cannot read properties of undefined (reading 'street')", "label «id» not printed", {}),
]  # fmt: skip

_JAVA = [
    (REFUSED, "org.postgresql.util.PSQLException", "Connection to «ip»:«port» refused. Check that the hostname and port are correct and that the postmaster is accepting TCP/IP connections.", "order «id» failed", "java.net.ConnectException: Connection refused"),
    (REFUSED, "java.net.ConnectException", "Connection refused: /«ip»:«port»", "no connection", ""),
    (TIMEOUT, "org.springframework.web.client.ResourceAccessException", 'I/O error on GET request for "http://«ip»:«port»/stock/«id»": Connect timed out', "reservation failed", ""),
    (READ, "org.springframework.web.client.ResourceAccessException", 'I/O error on POST request for "http://«ip»:«port»/charges/«id»": Read timed out', "charge failed", "java.net.SocketTimeoutException: Read timed out"),
    (DNS, "java.net.UnknownHostException", "«fqdn»", "call failed", ""),
    (PG_KEY, "org.postgresql.util.PSQLException", f"ERROR: {_KEY}", "customer not created", ""),
    (MY_KEY, "java.sql.SQLIntegrityConstraintViolationException", "Duplicate entry '«email»' for key '«table».«column»'", "customer not created", ""),
    (MONGO_KEY, "com.mongodb.MongoWriteException", "Write operation error on server «ip»:27017. Write error: WriteError{code=11000, message='E11000 duplicate key error collection: shop.«table» index: «column»_1 dup key: { «column»: \"«ref»\" }', details={}}.", "insert failed", ""),
    (MY_TABLE, "java.sql.SQLSyntaxErrorException", "Table 'shop.«table»' doesn't exist", "report failed", ""),
    (PG_FULL, "org.postgresql.util.PSQLException", "FATAL: sorry, too many clients already", "no connection", ""),
    (MY_FULL, "java.sql.SQLNonTransientConnectionException", 'Data source rejected establishment of connection,  message from server: "Too many connections"', "no connection", ""),
    (CANCELLED, "org.postgresql.util.PSQLException", "ERROR: canceling statement due to statement timeout", "report «id» failed", ""),
    (POOL, "java.sql.SQLTransientConnectionException", "HikariPool-1 - Connection is not available, request timed out after «slow»ms (total=10, active=10, idle=0, waiting=«digit»)", "order «id» failed", ""),
    (EXPIRED, "io.jsonwebtoken.ExpiredJwtException", "JWT expired «slow» milliseconds ago at 2026-11-22T10:04:38.000Z. Current time: «iso». Allowed clock skew: 0 milliseconds.", "token refused", ""),
    (SIGNATURE, "io.jsonwebtoken.security.SignatureException", "JWT signature does not match locally computed signature. JWT validity cannot be asserted and should not be trusted.", "token refused", ""),
    (MALFORMED, "io.jsonwebtoken.MalformedJwtException", "Invalid compact JWT string: Compact JWSs must contain exactly 2 period characters, and compact JWEs must contain exactly 4.  Found: «digit»", "token refused", ""),
    (JAVA_HEAP, "java.lang.OutOfMemoryError", "Java heap space", "import «id» failed", ""),
    (JAVA_HEAP, "java.lang.OutOfMemoryError", "GC overhead limit exceeded", "import «id» failed", ""),
    (UNKNOWN, "java.lang.IllegalStateException", "no tariff for zone «n»", "shipment «ref» not priced", ""),
]  # fmt: skip

_PYTHON = [
    (REFUSED, "psycopg.OperationalError", 'connection failed: connection to server at "«ip»", port «port» failed: Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?', "database not there"),
    (REFUSED, "ConnectionRefusedError", "[Errno 111] Connect call failed ('«ip»', «port»)", "no connection"),
    (REFUSED, "redis.exceptions.ConnectionError", "Error 111 connecting to «host»:«port». Connection refused.", "cache not there"),
    (REFUSED, "sqlalchemy.exc.OperationalError", "(pymysql.err.OperationalError) (2003, \"Can't connect to MySQL server on '«host»' ([Errno 111] Connection refused)\")", "no connection"),
    (TIMEOUT, "requests.exceptions.ConnectTimeout", "HTTPConnectionPool(host='«host»', port=«port»): Max retries exceeded with url: /rates/«n» (Caused by ConnectTimeoutError(<HTTPConnection(host='«host»', port=«port») at «address»>, 'Connection to «host» timed out. (connect timeout=«digit».5)'))", "rates not there"),
    (READ, "requests.exceptions.ReadTimeout", "HTTPConnectionPool(host='«host»', port=«port»): Read timed out. (read timeout=«digit».5)", "rates too slow"),
    (DNS, "sqlalchemy.exc.OperationalError", '(psycopg2.OperationalError) could not translate host name "«host»" to address: Name or service not known', "no connection"),
    (PG_KEY, "psycopg.errors.UniqueViolation", f"{_KEY}\nDETAIL:  Key («column»)=(«email») already exists.", "customer not created"),
    (MY_KEY, "pymysql.err.IntegrityError", "(1062, \"Duplicate entry '«ref»' for key '«column»'\")", "invoice not created"),
    (LITE_KEY, "sqlite3.IntegrityError", "UNIQUE constraint failed: store_«table».«column»", "order not placed"),
    (MONGO_KEY, "pymongo.errors.DuplicateKeyError", "E11000 duplicate key error collection: shop.«table» index: «column»_1 dup key: { «column»: \"«ref»\" }, full error: {'index': 0, 'code': 11000}", "place failed"),
    (PG_TABLE, "psycopg.errors.UndefinedTable", 'relation "«table»" does not exist', "report failed"),
    (MY_TABLE, "pymysql.err.ProgrammingError", "(1146, \"Table 'shop.«table»' doesn't exist\")", "report failed"),
    (LITE_TABLE, "sqlite3.OperationalError", "no such table: store_«table»", "search failed"),
    (PG_FULL, "psycopg.OperationalError", 'connection failed: connection to server at "«ip»", port «port» failed: FATAL:  sorry, too many clients already', "no connection"),
    (MY_FULL, "pymysql.err.OperationalError", "(1040, 'Too many connections')", "no connection"),
    (CANCELLED, "psycopg.errors.QueryCanceled", "canceling statement due to statement timeout", "report «id» failed"),
    (STARTING, "psycopg.OperationalError", 'connection failed: connection to server at "«ip»", port «port» failed: FATAL:  the database system is starting up', "no connection"),
    (POOL, "sqlalchemy.exc.TimeoutError", "QueuePool limit of size «digit» overflow «digit2» reached, connection timed out, timeout «digit3».00 (Background on this error at: https://sqlalche.me/e/20/3o7r)", "order «id» failed"),
    (POOL, "psycopg_pool.PoolTimeout", "couldn't get a connection after «digit».00 sec", "order «id» failed"),
    (EXPIRED, "jwt.exceptions.ExpiredSignatureError", "Signature has expired", "token refused"),
    (SIGNATURE, "jwt.exceptions.InvalidSignatureError", "Signature verification failed", "token refused"),
    (MALFORMED, "jwt.exceptions.DecodeError", "Not enough segments", "token refused"),
    (MEMORY, "numpy._core._exceptions._ArrayMemoryError", "Unable to allocate «digit».45 GiB for an array with shape («id», 10000) and data type float64", "matrix of «id» failed"),
    (UNKNOWN, "ValueError", "order «id» has a coupon that nobody knows", "price of «ref» not computed"),
    (UNKNOWN, "KeyError", "'«column»'", "row «id» not imported"),
]  # fmt: skip

_GO = [
    (REFUSED, "dial tcp «ip»:«port»: connect: connection refused", "load order «id»"),
    (TIMEOUT, "dial tcp «ip»:«port»: i/o timeout", "reserve «ref»"),
    (TIMEOUT, "dial tcp «ip»:«port»: connect: no route to host", "reserve «ref»"),
    (READ, 'Get "http://«host»:«port»/rates/«n»": context deadline exceeded (Client.Timeout exceeded while awaiting headers)', "fetch rate"),
    (DNS, "dial tcp: lookup «host» on 127.0.0.11:53: no such host", "call «host»"),
    (PG_KEY, f"ERROR: {_KEY} (SQLSTATE 23505)", "create user"),
    (MY_KEY, "Error 1062 (23000): Duplicate entry '«id»' for key '«table».PRIMARY'", "create item"),
    (MY_TABLE, "Error 1146 (42S02): Table 'shop.«table»' doesn't exist", "list «table»"),
    (PG_TABLE, 'ERROR: relation "«table»" does not exist (SQLSTATE 42P01)', "list «table»"),
    (EXPIRED, "token has invalid claims: token is expired", "unauthorised"),
    (SIGNATURE, "token signature is invalid: crypto/rsa: verification error", "unauthorised"),
    (MALFORMED, "token is malformed: token contains an invalid number of segments", "unauthorised"),
]  # fmt: skip

_AS_IS = [
    (UPSTREAM_REFUSED, "proxy", f'«slashed» [error] «pid»#«pid»: *«id» connect() failed (111: Connection refused) while connecting to upstream, {_REQUEST}, upstream: "http://«ip»:«port»«path»", host: "shop.example.com"'),
    (UPSTREAM_REFUSED, "proxy", f'«slashed» [error] «pid»#«pid»: *«id» no live upstreams while connecting to upstream, {_REQUEST}, upstream: "http://shop_api«path»", host: "shop.example.com"'),
    (UPSTREAM_TIMEOUT, "proxy", f'«slashed» [error] «pid»#«pid»: *«id» upstream timed out (110: Connection timed out) while reading response header from upstream, {_REQUEST}, upstream: "http://«ip»:«port»«path»", host: "shop.example.com"'),
    (UPSTREAM_CLOSED, "proxy", f'«slashed» [error] «pid»#«pid»: *«id» upstream prematurely closed connection while reading response header from upstream, {_REQUEST}, upstream: "http://«ip»:«port»«path»", host: "shop.example.com"'),
    ("service/unhandled-500", "proxy", '«client» - - [«clf»] "«method» «path» HTTP/1.1" 500 «bytes» "-" "«agent»"'),
    (PG_KEY, "postgres", f"«dot» UTC [«pid»] «user»@shop ERROR:  {_KEY}\n«dot» UTC [«pid»] «user»@shop DETAIL:  Key («column»)=(«email») already exists.\n«dot» UTC [«pid»] «user»@shop STATEMENT:  INSERT INTO «table» («column», name) VALUES ($1, $2)"),
    (PG_TABLE, "postgres", '«dot» UTC [«pid»] «user»@shop ERROR:  relation "«table»" does not exist at character «n»\n«dot» UTC [«pid»] «user»@shop STATEMENT:  TABLE «table»'),
    (PG_FULL, "postgres", "«dot» UTC [«pid»] «user»@shop FATAL:  remaining connection slots are reserved for non-replication superuser connections"),
    (PG_FULL, "postgres", "«dot» UTC [«pid»] «user»@shop FATAL:  sorry, too many clients already"),
    (CANCELLED, "postgres", "«dot» UTC [«pid»] «user»@shop ERROR:  canceling statement due to statement timeout"),
    (STARTING, "postgres", "«dot» UTC [«pid»] «user»@shop FATAL:  the database system is starting up"),
    (UNKNOWN, "postgres", '«dot» UTC [«pid»] «user»@shop ERROR:  new row for relation "«table»" violates check constraint "«table»_amount_check"'),
    (MY_FULL, "mariadb", "«second» «n» [Warning] Aborted connection «n» to db: 'unconnected' user: 'unauthenticated' host: 'connecting host' (Too many connections)"),
    (OOM, "syslog", "«syslog» app-«digit» kernel: [«kernel»] Out of memory: Killed process «pid» («process») total-vm:«kb»kB, anon-rss:«kb2»kB, file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:9884kB oom_score_adj:0"),
    (OOM, "syslog", "«syslog» app-«digit» kernel: [«kernel»] Memory cgroup out of memory: Killed process «pid» («process») total-vm:«kb»kB, anon-rss:«kb2»kB, file-rss:1040kB, shmem-rss:0kB, UID:1000 pgtables:1652kB oom_score_adj:0"),
]  # fmt: skip


def errors() -> list[Error]:
    """All errors that a corpus draws from."""
    return [
        *(Error(rule, "node", kind, message, context, dict(fields)) for rule, kind, message, context, fields in _NODE),
        *(Error(rule, "java", kind, message, context, cause=cause) for rule, kind, message, context, cause in _JAVA),
        *(Error(rule, "python", kind, message, context, stack_only=rule == MEMORY) for rule, kind, message, context in _PYTHON),
        *(Error(rule, "go", "", message, context) for rule, message, context in _GO),
        *(Error(rule, family, "", message) for rule, family, message in _AS_IS),
    ]
