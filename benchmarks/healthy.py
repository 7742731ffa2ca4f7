"""Lines of services that are well, as templates with weights. No rule is to say anything about them."""

from __future__ import annotations

import json

from benchmarks.dress import Dressed

_REQUEST = {
    "level": 30, "time": "«epoch»", "pid": "«pid»", "hostname": "shop-«pod»", "name": "shop",
    "req": {
        "id": "«id»", "method": "«method»", "url": "«path»", "query": {}, "params": {},
        "headers": {"host": "shop.example.com", "accept-encoding": "gzip", "user-agent": "«agent»", "x-request-id": "«uuid»"},
        "remoteAddress": "«client»", "remotePort": "«sport»",
    },
    "res": {"statusCode": "«ok»", "headers": {"content-type": "application/json; charset=utf-8", "content-length": "«bytes»"}},
    "responseTime": "«ms»", "msg": "request completed",
}  # fmt: skip


def _numbers(data: object) -> str:
    """JSON as pino writes it: no blanks, and slots that hold numbers without quotes."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    for name in ("epoch", "pid", "id", "sport", "ok", "ms", "float", "bytes", "n"):
        text = text.replace(f'"«{name}»"', f"«{name}»")
    return text


def _access(request: str, rest: str = '"-" "«agent»"') -> str:
    return f'«client» - - [«clf»] "{request} HTTP/1.1" «ok» «bytes» {rest}'


def _spring(thread: str, logger: str, message: str) -> str:
    return f"«iso»  INFO 1 --- [shop] [{thread:>15}] {logger:<40} : {message}"


_BARE: dict[str, list[tuple[int, str]]] = {
    "node": [
        (10, _numbers(_REQUEST)),
        (8, _numbers({"level": 30, "time": "«epoch»", "pid": "«pid»", "hostname": "stock-«pod»", "reqId": "req-«hex»", "req": {"method": "«method»", "url": "«path»", "host": "stock.example.com", "remoteAddress": "«client»", "remotePort": "«sport»"}, "msg": "incoming request"})),
        (8, _numbers({"level": 30, "time": "«epoch»", "pid": "«pid»", "hostname": "stock-«pod»", "reqId": "req-«hex»", "res": {"statusCode": "«ok»"}, "responseTime": "«float»", "msg": "request completed"})),
        (3, _numbers({"level": 20, "time": "«epoch»", "pid": "«pid»", "name": "shop", "key": "cart:«id»", "ttl": "«n»", "msg": "cache hit"})),
        (6, _numbers({"level": "info", "message": "«method» «path» «ok»", "ms": "«float»", "service": "shop", "timestamp": "«iso»"})),
        (3, _numbers({"level": "info", "message": "order «ref» placed by «user» with «digit» lines", "service": "shop", "requestId": "«uuid»", "timestamp": "«iso»"})),
        (2, _numbers({"level": "debug", "message": "price of «ref» taken from cache, age «n» s", "service": "rates", "timestamp": "«iso»"})),
        (5, "[Nest] «pid»  - «nest»     LOG [InvoicesService] invoice «id» written for customer «n» in «ms» ms"),
        (3, "[Nest] «pid»  - «nest»   DEBUG [PaymentsService] charge «uuid» accepted +«n»ms"),
        (2, "[Nest] «pid»  - «nest»    WARN [RateGuard] client «client» is near its limit («n» of 1000)"),
        (4, '«iso» INFO  mail delivered {"to":"«email»","template":"order-confirmed","took":«ms»}'),
    ],
    "java": [
        (10, _spring("io-8080-exec-«digit»", "com.example.shop.web.RequestLog", "«method» «path» «ok» «ms» ms")),
        (4, _spring("io-8080-exec-«digit»", "c.e.shop.orders.OrderService", "order «id» placed for customer «n», total «float» EUR")),
        (3, _spring("scheduling-1", "c.e.shop.stock.StockImport", "«n» rows read from «table», «digit» skipped, took «ms» ms")),
        (1, "«iso»  WARN 1 --- [shop] [io-8080-exec-«digit»] c.e.shop.catalog.PriceCache              : price of «ref» is «n» minutes old"),
        (4, "«comma» [pool-2-thread-«digit»] INFO  c.e.billing.InvoiceJob - invoice «ref» rendered in «ms» ms ([«trace»])"),
        (2, "«comma» [pool-2-thread-«digit»] DEBUG c.e.billing.Templates - template «n» compiled, «bytes» bytes"),
        (3, _numbers({"@timestamp": "«iso»", "@version": "1", "message": "shipment «ref» handed to carrier «digit»", "logger_name": "com.example.shipping.Carrier", "thread_name": "worker-«digit»", "level": "INFO", "level_value": 20000, "traceId": "«trace»", "app": "shipping"})),
    ],
    "python": [
        (4, "«comma» INFO [store.services.orders] order «ref» placed with «digit» lines"),
        (3, "«comma» INFO     orders.service: order «id» placed for customer «n»"),
        (2, "«comma» WARNING [django.request] Not Found: /products/«id»/"),
        (3, "«comma» DEBUG worker.jobs: job «uuid» took «float» s, «n» rows"),
        (6, 'INFO:     «ip»:«sport» - "«method» «path» HTTP/1.1" 200 OK'),
        (3, '{"time": "«comma»", "level": "INFO", "logger": "orders.api", "request_id": "«hex»", "message": "quote «ref» computed in «float» ms"}'),
        (5, _access("«method» «path»")),
        (2, "«comma» | INFO     | worker.mail:send:41 - mail «id» sent to «email»"),
    ],
    "go": [
        (4, '{"time":"«nano»","level":"INFO","msg":"request handled","method":"«method»","path":"«path»","status":«ok»,"duration_ms":«float»,"trace_id":"«trace»"}'),
        (3, '{"level":"info","ts":«epoch»,"caller":"stock/handler.go:«n»","msg":"reservation kept","sku":"«ref»","quantity":«digit»,"request_id":"«uuid»"}'),
        (2, '{"level":"debug","ts":«epoch»,"caller":"stock/cache.go:«n»","msg":"entry refreshed","key":"sku:«id»","age":«n2»}'),
        (2, 'time=«nano» level=INFO msg="batch written" table=«table» rows=«n» took=«float»ms'),
        (2, "«slashed» ledger: entry «id» booked, account «n», balance «float»"),
    ],
    "proxy": [
        (16, _access("«method» «path»")),
        (6, _access("GET /assets/app.«hex».js", '"https://shop.example.com/" "«agent»"')),
        (4, _access("GET /healthz", '"-" "kube-probe/1.33"')),
        (2, "«slashed» [info] «pid»#«pid»: *«id» client «client» closed keepalive connection"),
        (1, "«slashed» [notice] «pid»#«pid»: signal 1 (SIGHUP) received from «pid2», reconfiguring"),
        (1, '«slashed» [warn] «pid»#«pid»: *«id» a client request body is buffered to a temporary file /var/cache/nginx/client_temp/«id2», client: «client», server: shop.example.com, request: "POST «path» HTTP/1.1", host: "shop.example.com"'),
    ],
    "postgres": [
        (3, '«dot» UTC [«pid»] LOG:  checkpoint complete: wrote «n» buffers (0.«digit»%); 0 WAL file(s) added, 0 removed, «digit» recycled; write=«float» s, sync=0.00«digit» s, total=«float2» s'),
        (3, "«dot» UTC [«pid»] «user»@shop LOG:  connection authorized: user=«user» database=shop application_name=orders"),
        (2, "«dot» UTC [«pid»] «user»@shop LOG:  disconnection: session time: 0:00:0«digit».«n» user=«user» database=shop host=«ip» port=«sport»"),
        (2, '«dot» UTC [«pid»] LOG:  automatic vacuum of table "shop.public.«table»": index scans: «digit»'),
    ],
    "mariadb": [
        (2, "«second» «n» [Note] InnoDB: Buffer pool(s) dump completed at «second», «n2» pages"),
        (1, "«second» «n» [Warning] IP address '«ip»' has no reverse name, «digit» accounts use it"),
    ],
    "syslog": [
        (3, "«syslog» app-«digit» CRON[«pid»]: (root) CMD (/srv/jobs/nightly-import.sh >> /var/log/import.log 2>&1)"),
        (3, "«syslog» app-«digit» sshd[«pid»]: Accepted publickey for deploy from «client» port «sport» ssh2: ED25519 SHA256:«trace»"),
        (2, "«syslog» app-«digit» systemd-logind[621]: New session «n» of user deploy."),
        (2, '«syslog» app-«digit» containerd[655]: time="«nano»" level=info msg="image pulled" digest=sha256:«trace» size=«kb»'),
        (2, "«syslog» app-«digit» kernel: [«kernel»] docker0: port «digit2»(veth«hex») entered forwarding state"),
    ],
}  # fmt: skip

SHARES = {"node": 30, "java": 17, "python": 14, "go": 9, "proxy": 18, "postgres": 5, "mariadb": 2, "syslog": 5}
"""Of how many lines in 100 each family writes."""


def healthy() -> list[tuple[float, Dressed]]:
    """(weight, what one healthy line looks like), unwrapped."""
    return [
        (SHARES[family] * weight / sum(w for w, _ in templates), Dressed(family, template))
        for family, templates in _BARE.items()
        for weight, template in templates
    ]
