"""Stack traces as templates: the frames of an application between those of its libraries, never twice the same."""

from __future__ import annotations

import random

_NODE_OWN = (
    "OrderRepository.find (/srv/shop/src/repositories/orders.js:14:22)",
    "CustomerRepository.create (/srv/shop/src/repositories/customers.js:17:22)",
    "Object.rows (/srv/shop/src/database.js:12:35)",
    "PaymentsService.charge (/srv/shop/dist/payments/payments.service.js:48:19)",
    "refresh (file:///srv/shop/src/jobs/prices.js:12:20)",
    "/srv/shop/src/routes/carts.js:31:16",
)
_NODE_LIBRARY = (
    "/srv/shop/node_modules/pg-pool/index.js:45:11",
    "process.processTicksAndRejections (node:internal/process/task_queues:105:5)",
    "Socket.emit (node:events:524:28)",
    "Layer.handle (/srv/shop/node_modules/koa/lib/layer.js:95:5)",
    "next (/srv/shop/node_modules/koa-compose/index.js:42:32)",
    "Socket.socketOnEnd (node:_http_client:524:23)",
    "TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16)",
    "listOnTimeout (node:internal/timers:581:17)",
    "RequestHandler.execute (/srv/shop/node_modules/undici/lib/core/request.js:190:24)",
)
_JAVA_OWN = (
    "com.example.shop.orders.OrderService.place(OrderService.java:58)",
    "com.example.shop.billing.InvoiceJob.run(InvoiceJob.java:33)",
    "com.example.shop.stock.StockClient.reserve(StockClient.java:71)",
    "com.example.shipping.Carrier.hand(Carrier.java:24)",
    "com.example.shop.auth.Tokens.verify(Tokens.java:21)",
)
_JAVA_LIBRARY = (
    "org.springframework.web.method.support.InvocableHandlerMethod.doInvoke(InvocableHandlerMethod.java:258)",
    "org.springframework.web.servlet.DispatcherServlet.doDispatch(DispatcherServlet.java:964) ~[spring-webmvc-7.0.2.jar!/:7.0.2]",
    "org.springframework.aop.framework.ReflectiveMethodInvocation.proceed(ReflectiveMethodInvocation.java:158)",
    "org.hibernate.engine.jdbc.internal.ResultSetReturnImpl.execute(ResultSetReturnImpl.java:118) ~[hibernate-core-7.1.1.jar]",
    "org.apache.catalina.core.ApplicationFilterChain.doFilter(ApplicationFilterChain.java:138) ~[tomcat-embed-core-11.0.9.jar]",
    "java.base/java.util.concurrent.ThreadPoolExecutor.runWorker(ThreadPoolExecutor.java:1136)",
    "java.base/java.util.concurrent.ThreadPoolExecutor$Worker.run(ThreadPoolExecutor.java:635)",
    "java.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke(DirectMethodHandleAccessor.java:103)",
    "java.base/java.lang.Thread.run(Thread.java:840)",
)
_PYTHON_OWN = (
    ("/srv/orders/orders/service.py", 31, "price", "found = list(catalog.search(query))"),
    ("/srv/shop/store/services/orders.py", 30, "place", "order = Order.objects.create(number=number)"),
    ("/srv/shop/store/views.py", 25, "products", "return render(request, template, context)"),
    ("/srv/worker/worker/handlers.py", 50, "export", "rows = session.scalars(statement).all()"),
    ("/srv/billing/billing/invoices.py", 41, "create", "session.commit()"),
)
_PACKAGES = "/usr/local/lib/python3.13/site-packages"
_PYTHON_LIBRARY = (
    (f"{_PACKAGES}/psycopg/cursor.py", 117, "execute", "raise ex.with_traceback(None)"),
    (f"{_PACKAGES}/django/db/backends/utils.py", 105, "_execute", "return self.cursor.execute(sql, params)"),
    (f"{_PACKAGES}/sqlalchemy/engine/default.py", 951, "do_execute", "cursor.execute(statement, parameters)"),
    (f"{_PACKAGES}/starlette/routing.py", 715, "__call__", "await self.middleware_stack(scope, receive, send)"),
    (f"{_PACKAGES}/celery/app/trace.py", 453, "trace_task", "R = retval = fun(*args, **kwargs)"),
    (f"{_PACKAGES}/httpx/_client.py", 926, "send", "response = self._send_handling_auth(request)"),
)


def _library(rng: random.Random, frames: tuple[str, ...], most: int) -> list[str]:
    return rng.sample(frames, rng.randint(0, most))


def node(kind: str, message: str, rng: random.Random) -> str:
    """`Kind: message` and `    at …` lines."""
    own = rng.sample(_NODE_OWN, rng.randint(1, 2))
    frames = [*_library(rng, _NODE_LIBRARY, 3), *own, *_library(rng, _NODE_LIBRARY, 4)]
    return "\n".join([f"{kind}: {message}", *(f"    at {rng.choice(('', '', 'async '))}{frame}" for frame in frames)])


def java(kind: str, message: str, cause: str, rng: random.Random) -> str:
    """`kind: message`, tab-indented `at …` lines, and the same for the cause behind `Caused by: `."""
    frames = [*_library(rng, _JAVA_LIBRARY, 3), rng.choice(_JAVA_OWN), *_library(rng, _JAVA_LIBRARY, 5)]
    lines = [f"{kind}: {message}", *(f"\tat {frame}" for frame in frames)]
    if cause:
        below = [*_library(rng, _JAVA_LIBRARY, 4), rng.choice(_JAVA_OWN)]
        lines += [f"Caused by: {cause}", *(f"\tat {frame}" for frame in below)]
        lines.append(f"\t... {rng.randint(3, 40)} common frames omitted")
    return "\n".join(lines)


def python(kind: str, message: str, rng: random.Random) -> str:
    """A traceback, outermost frame first, and `kind: message`; without message the kind alone."""
    outer = rng.sample(_PYTHON_LIBRARY, rng.randint(0, 2))
    inner = rng.sample(_PYTHON_LIBRARY, rng.randint(0, 2))
    frames = [*outer, *rng.sample(_PYTHON_OWN, rng.randint(1, 2)), *inner]
    lines = ["Traceback (most recent call last):"]
    for file, line, function, source in frames:
        lines += [f'  File "{file}", line {line}, in {function}', f"    {source}"]
    return "\n".join([*lines, f"{kind}: {message}" if message else kind])
