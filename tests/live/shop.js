// A shop's service, run as a program: each request asks MariaDB through a pool of the mysql package, and Express hands what goes wrong
// to a handler that logs it with its trace.
//
// Words: the port to listen at, the database's port. It logs to standard error; both packages are Debian's, found by NODE_PATH.
'use strict';

const express = require('express');
const mysql = require('mysql');

const [port, database] = process.argv.slice(2).map(Number);
const pool = mysql.createPool({ host: '127.0.0.1', port: database, user: 'root', connectTimeout: 5000 });
let lost = false;

const log = (level, text) => console.error(`${new Date().toISOString()} ${level} ${text}`);

pool.on('connection', () => {
  log('INFO', `${lost ? 'reconnected to' : 'connected to'} the database at 127.0.0.1:${database}`);
  lost = false;
});

const app = express();

app.get('/orders', (request, response, next) => {
  pool.query('SELECT 1', (error, rows) => (error ? next(error) : response.json(rows)));
});

app.use((error, request, response, next) => {
  lost = true;
  log('ERROR', `${request.method} ${request.path} failed: ${error.stack}`);
  response.status(500).json({ error: 'internal error' });
});

app.listen(port, '127.0.0.1');
