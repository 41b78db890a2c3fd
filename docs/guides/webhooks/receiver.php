<?php
// Receives Cowry's webhooks. PHP 8.0 or later with pdo_sqlite, which comes with it.
//
//     WEBHOOK_SECRET=whsec_... php -S 127.0.0.1:3000 receiver.php
//     php receiver.php verify SECRET ID TIMESTAMP SIGNATURE < body       ends with 0 (genuine) or 1
//     php receiver.php verify-body SECRET X_ORQEX_SIGNATURE < body       the same for the second signature
//
// Environment: WEBHOOK_STORE (webhooks.db, which no web server may hand out).

declare(strict_types=1);

const TOLERANCE_S = 300;
const MAX_BODY_BYTES = 1024 * 1024;

/** The bytes behind `whsec_`. An empty key would make every forgery genuine, so a short one is an error. */
function key_of(string $secret): string
{
    $key = str_starts_with($secret, 'whsec_') ? base64_decode(substr($secret, strlen('whsec_')), true) : false;
    if ($key === false || strlen($key) < 24) {
        throw new InvalidArgumentException('a secret is whsec_ and base64');
    }
    return $key;
}

/** Whether the three headers of Standard Webhooks belong to this body: the bytes as they came. */
function verify(string $secret, string $id, string $timestamp, string $signatures, string $body, int $now_s): bool
{
    if (!preg_match('/^[A-Za-z0-9_-]{1,64}$/D', $id) || !preg_match('/^[0-9]{1,12}$/D', $timestamp)) {
        return false;
    }
    if (abs($now_s - (int) $timestamp) > TOLERANCE_S) {
        return false;
    }
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", key_of($secret), true));
    // While a secret is being replaced there are two signatures; one that fits is enough.
    $fitting = array_filter(explode(' ', $signatures), fn (string $given): bool => hash_equals($expected, $given));
    return count($fitting) > 0;
}

/** The second way, `x-orqex-signature`. It says nothing about id and time: prefer `verify` where you can. */
function verify_body(string $secret, string $signature, string $body): bool
{
    $expected = hash_hmac('sha256', $body, $secret);
    return strlen($secret) > strlen('whsec_') && hash_equals($expected, $signature);
}

/** Keeps the event and what it says, in one transaction: both are there, or neither is and it comes again. */
function store(string $path, string $id, string $body): string
{
    $event = json_decode($body, true, 64, JSON_THROW_ON_ERROR);
    $told = $event['payment'] ?? $event['payout'];
    $db = new PDO("sqlite:$path", null, null, [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION, PDO::ATTR_TIMEOUT => 10]);
    $db->exec('CREATE TABLE IF NOT EXISTS webhooks (id TEXT PRIMARY KEY, body TEXT NOT NULL)');
    $db->exec('CREATE TABLE IF NOT EXISTS payments (id TEXT PRIMARY KEY, sequence INTEGER NOT NULL, status TEXT)');
    // An exception leaves the transaction open, and closing the database undoes it.
    $db->beginTransaction();
    $fresh = $db->prepare('INSERT OR IGNORE INTO webhooks (id, body) VALUES (?, ?)');
    $fresh->execute([$id, $body]);
    if ($fresh->rowCount() === 0) {
        return 'seen before';
    }
    $outcome = 'test';
    if (!($event['test'] ?? false)) {
        $newer = $db->prepare(
            'INSERT INTO payments (id, sequence, status) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE'
            . ' SET sequence = excluded.sequence, status = excluded.status WHERE excluded.sequence > payments.sequence'
        );
        $newer->execute([$told['id'], $event['sequence'] ?? 0, $told['status']]);
        $outcome = $newer->rowCount() === 1 ? 'stored' : 'stored, but a newer one is known';
    }
    $db->commit();
    return $outcome;
}

/** @return array{int, string} */
function receive(string $secret, string $path): array
{
    if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
        return [405, 'only POST'];
    }
    $body = (string) file_get_contents('php://input', false, null, 0, MAX_BODY_BYTES + 1);
    if (strlen($body) > MAX_BODY_BYTES) {
        return [413, 'the body is too long'];
    }
    $id = $_SERVER['HTTP_WEBHOOK_ID'] ?? '';
    $timestamp = $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
    $signatures = $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '';
    if (!verify($secret, $id, $timestamp, $signatures, $body, time())) {
        return [401, 'wrong signature'];
    }
    // What takes long is done afterwards, from the tables, not here.
    return [200, store($path, $id, $body)];
}

function serve(): void
{
    ini_set('display_errors', '0');
    try {
        [$status, $text] = receive((string) getenv('WEBHOOK_SECRET'), getenv('WEBHOOK_STORE') ?: 'webhooks.db');
    } catch (Throwable $error) {
        error_log("a webhook is not stored: $error");
        [$status, $text] = [500, 'not stored, send it again'];
    }
    http_response_code($status);
    header('Content-Type: text/plain');
    echo $text;
}

/** @param list<string> $arguments */
function answer_command(array $arguments): int
{
    $body = (string) stream_get_contents(STDIN);
    if (count($arguments) === 5 && $arguments[0] === 'verify') {
        return verify($arguments[1], $arguments[2], $arguments[3], $arguments[4], $body, time()) ? 0 : 1;
    }
    if (count($arguments) === 3 && $arguments[0] === 'verify-body') {
        return verify_body($arguments[1], $arguments[2], $body) ? 0 : 1;
    }
    fwrite(STDERR, "usage: receiver.php verify SECRET ID TIMESTAMP SIGNATURE | verify-body SECRET SIGNATURE\n");
    return 2;
}

if (PHP_SAPI === 'cli') {
    exit(answer_command(array_slice($argv, 1)));
}
serve();
