"""Whose code a frame shows: the reader's own (in-app), or that of a library, a driver or the runtime.

Java has no folders to tell by, so a table of package roots does; everything that it does not name is in-app.
"""

from __future__ import annotations

import re

from diagnose.lazy import lazy

_JAVA_LIBRARIES = """
    java javax jdk sun jakarta kotlin kotlinx scala groovy groovyjarjarasm clojure akka play rx reactor zio cats
    javassist junit feign retrofit2 okhttp3 okio brave graphql lombok liquibase oracle antlr bsh
    android androidx dalvik libcore _COROUTINE
    com.sun com.oracle com.ibm com.azul com.zaxxer com.mysql com.mchange com.microsoft com.h2database com.mongodb
    com.fasterxml com.netflix com.rabbitmq com.datastax com.amazonaws com.azure com.couchbase com.hazelcast
    com.github.benmanes com.github.dockerjava com.github.luben com.github.kagkarlsson com.github.tomakehurst
    com.google.common com.google.inject com.google.gson com.google.protobuf com.google.cloud com.google.api
    com.google.firebase com.google.auth com.google.errorprone com.google.apphosting
    com.alibaba com.baomidou com.jayway com.jcraft com.lmax com.linecorp com.newrelic com.datadog com.nimbusds
    com.ongres com.querydsl com.squareup com.sybase com.typesafe com.twitter com.vladmihalcea com.vaadin
    com.atomikos com.auth0 com.blazebit com.codahale com.clickhouse com.esotericsoftware com.ctc com.intellij
    com.jprofiler com.navercorp com.p6spy com.stripe com.thoughtworks com.unboundid com.yammer com.jetbrains
    com.gradle com.github.jknack com.impossibl com.ninja_squad com.opensymphony com.rometools com.salesforce
    org.apache org.springframework org.hibernate org.postgresql org.mariadb org.h2 org.hsqldb org.sqlite org.firebirdsql
    org.jboss org.wildfly org.glassfish org.eclipse org.slf4j org.mockito org.junit org.testng org.hamcrest org.assertj
    org.gradle org.codehaus org.flywaydb org.jooq org.mybatis org.mongodb org.neo4j org.elasticsearch org.opensearch
    org.redisson org.aspectj org.bouncycastle org.thymeleaf org.freemarker org.quartz org.yaml org.json org.jdbi
    org.joda org.jsoup org.jetbrains org.javassist org.infinispan org.ehcache org.keycloak org.reactivestreams
    org.http4s org.scala org.scalatest org.skife org.dom4j org.xml org.w3c org.xerial org.xnio org.jvnet org.objectweb
    org.objenesis org.osgi org.powermock org.spockframework org.springdoc org.springmodules org.togglz org.zalando
    org.zeroturnaround org.camunda org.axonframework org.kohsuke org.ktorm org.koin org.litote org.msgpack
    org.opentest4j org.openqa org.pac4j org.picketlink org.python org.mozilla org.graalvm org.testcontainers
    org.rnorth org.liquibase org.logback org.crac org.checkerframework org.antlr org.awaitility org.cometd
    ch.qos net.bytebuddy net.sf net.ttddyy net.logstash net.spy net.rubyeye net.openhft net.sourceforge net.snowflake
    io.netty io.vertx io.micrometer io.micronaut io.quarkus io.undertow io.lettuce io.r2dbc io.reactivex io.grpc
    io.jsonwebtoken io.ktor io.smallrye io.swagger io.prometheus io.opentelemetry io.opentracing io.jaegertracing
    io.sentry io.dropwizard io.confluent io.debezium io.kubernetes io.fabric8 io.github.resilience4j io.minio
    io.projectreactor io.rsocket io.zipkin io.awspring io.searchbox io.restassured io.cucumber io.mockk io.jooby
    io.javalin io.helidon io.awssdk io.nats io.agroal io.trino io.lightbend io.opencensus io.github.bucket4j
    redis.clients software.amazon freemarker.core freemarker.template freemarker.ext ognl
    nonapi.io dev.failsafe dev.morphia
"""
"""Roots of library packages: one, two or three names deep."""

_JAVA_ROOTS = frozenset(_JAVA_LIBRARIES.split())
_JAVA_APPS = ("org.springframework.samples.",)
"""Programs that live below a library's root."""

_PYTHON_LIBRARY = lazy(
    r"^<"
    r"|[\\/](?:site|dist)-packages[\\/]"
    r"|[\\/]lib(?:64)?[\\/](?:python|pypy)\d"
    r"|[\\/]python[\d.]*[\\/]lib[\\/]"
    r"|(?:^/usr|^/usr/local|env|\.pyenv/shims)/s?bin/"
    r"|[\\/]python\d+\.zip[\\/]"
    r"|^[^\\/:][^:]*\.(?:pyx|pxd|pxi)$",
    re.IGNORECASE,
)
_NODE_LIBRARY = lazy(
    r"^(?:node:|internal/|native$|index |<anonymous>|evalmachine\.|unknown location|wasm:|electron/|\[eval\]-wrapper)"
    r"|[\\/](?:node_modules|\.pnpm|\.yarn)[\\/]"
    r"|[\\/]webpack[\\/](?:bootstrap|runtime)"
)


def java_in_app(name: str) -> bool:
    """True for a method of the reader's own code; `name` is package, class and method without module."""
    first, _, rest = name.partition(".")
    if first in _JAVA_ROOTS:
        return False
    second, _, rest = rest.partition(".")
    two = f"{first}.{second}"
    if two in _JAVA_ROOTS:
        return name.startswith(_JAVA_APPS)
    return f"{two}.{rest.partition('.')[0]}" not in _JAVA_ROOTS


def python_in_app(file: str) -> bool:
    """True for a file outside the standard library, installed packages, their scripts and generated code."""
    return _PYTHON_LIBRARY.search(file) is None


def node_in_app(file: str) -> bool:
    """True for a file outside node_modules and Node itself (which before Node 16 shows as a bare `net.js`)."""
    if _NODE_LIBRARY.search(file):
        return False
    return "/" in file or "\\" in file or file.startswith("[")
