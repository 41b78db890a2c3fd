// Receives Cowry's webhooks. Java 17 or later, nothing besides the JDK.
//
//     WEBHOOK_SECRET=whsec_... COWRY_URL=https://... COWRY_KEY=sk_... java Receiver.java
//     java Receiver.java verify SECRET ID TIMESTAMP SIGNATURE < body       ends with 0 (genuine) or 1
//     java Receiver.java verify-body SECRET X_ORQEX_SIGNATURE < body       the same for the second signature
//
// An event is kept, answered, and afterwards its payment is read from the API: so the order of events does not matter.
// Environment also: WEBHOOK_PORT (3000) and WEBHOOK_STORE (the folder ./webhooks).

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.SYNC;
import static java.nio.file.StandardOpenOption.WRITE;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public final class Receiver {
    private static final long TOLERANCE_S = 300;
    private static final int MAX_BODY_BYTES = 1024 * 1024;

    /** The bytes behind {@code whsec_}. An empty key would make every forgery genuine, so a short one is an error. */
    static byte[] keyOf(String secret) {
        byte[] key = secret.startsWith("whsec_") ? Base64.getDecoder().decode(secret.substring(6)) : new byte[0];
        if (key.length < 24) throw new IllegalArgumentException("a secret is whsec_ and base64");
        return key;
    }

    static byte[] mac(byte[] key, byte[]... parts) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        for (byte[] part : parts) mac.update(part);
        return mac.doFinal();
    }

    /** Compares in a time that does not tell where two texts differ. */
    static boolean isSame(String expected, String given) {
        return MessageDigest.isEqual(expected.getBytes(UTF_8), given.getBytes(UTF_8));
    }

    /** Whether the three headers of Standard Webhooks belong to this body: the bytes as they came. */
    static boolean verify(String secret, String id, String timestamp, String signatures, byte[] body)
            throws GeneralSecurityException {
        if (!id.matches("[A-Za-z0-9_-]{1,64}") || !timestamp.matches("[0-9]{1,12}")) return false;
        if (Math.abs(Instant.now().getEpochSecond() - Long.parseLong(timestamp)) > TOLERANCE_S) return false;
        byte[] head = (id + "." + timestamp + ".").getBytes(UTF_8);
        String expected = "v1," + Base64.getEncoder().encodeToString(mac(keyOf(secret), head, body));
        // While a secret is being replaced there are two signatures; one that fits is enough.
        return Arrays.stream(signatures.split(" ")).filter(given -> isSame(expected, given)).count() > 0;
    }

    /** The second way, {@code x-orqex-signature}. It says nothing about id and time: prefer {@link #verify}. */
    static boolean verifyBody(String secret, String signature, byte[] body) throws GeneralSecurityException {
        if (secret.length() <= "whsec_".length()) return false;
        return isSame(HexFormat.of().formatHex(mac(secret.getBytes(UTF_8), body)), signature);
    }

    /** Events as files: in {@code new} until their payment was read, then in {@code done}. In your program a table. */
    record Store(Path folder) {
        void create() throws IOException {
            for (String part : List.of("new", "done", "payments")) Files.createDirectories(folder.resolve(part));
        }

        /** Keeps an event for good, once. The name is the unique key. */
        String keep(String id, String payment, byte[] body) throws IOException {
            if (Files.exists(folder.resolve("done").resolve(id))) return "seen before";
            Path draft = folder.resolve("draft." + UUID.randomUUID());
            var text = new ByteArrayOutputStream();
            text.writeBytes((payment + "\n").getBytes(UTF_8));
            text.writeBytes(body);
            try {
                Files.write(draft, text.toByteArray(), CREATE_NEW, WRITE, SYNC);
                // All of it at once, or an exception when it is there.
                Files.createLink(folder.resolve("new").resolve(id), draft);
            } catch (FileAlreadyExistsException already) {
                return "seen before";
            } finally {
                Files.deleteIfExists(draft);
            }
            if (!System.getProperty("os.name").startsWith("Windows")) {
                try (FileChannel names = FileChannel.open(folder.resolve("new"))) {
                    names.force(true);
                }
            }
            return "stored";
        }

        /** Reads the payments of new events. What fails stays, and is read the next time. */
        void work(Api api) {
            try (var events = Files.list(folder.resolve("new"))) {
                for (Path event : (Iterable<Path>) events::iterator) {
                    try {
                        settle(event, api);
                    } catch (Exception failed) {
                        System.err.println(event.getFileName() + ": its payment is read later: " + failed);
                    }
                }
            } catch (IOException failed) {
                System.err.println("no events are read: " + failed);
            }
        }

        private void settle(Path event, Api api) throws Exception {
            String payment = new String(Files.readAllBytes(event), UTF_8).lines().findFirst().orElseThrow();
            var answer = api.payment(payment);
            // 404: a test event, its payment is made up.
            if (answer.statusCode() == 200) {
                Path draft = Files.write(folder.resolve("draft." + UUID.randomUUID()), answer.body());
                Files.move(draft, folder.resolve("payments").resolve(payment), StandardCopyOption.ATOMIC_MOVE);
            } else if (answer.statusCode() != 404) {
                throw new IOException("status " + answer.statusCode());
            }
            Files.move(event, folder.resolve("done").resolve(event.getFileName()), StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /** Where payments are read. */
    record Api(HttpClient client, String url, String key) {
        HttpResponse<byte[]> payment(String id) throws IOException, InterruptedException {
            var request = HttpRequest.newBuilder(URI.create(url + "/v1/payment/intents/" + id))
                    .header("Authorization", "Bearer " + key).timeout(Duration.ofSeconds(15)).build();
            return client.send(request, HttpResponse.BodyHandlers.ofByteArray());
        }
    }

    static void receive(HttpExchange exchange, String secret, Store store) throws IOException {
        byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY_BYTES + 1);
        var headers = exchange.getRequestHeaders();
        String[] three = {"webhook-id", "webhook-timestamp", "webhook-signature"};
        Arrays.setAll(three, i -> headers.containsKey(three[i]) ? headers.getFirst(three[i]) : "");
        int status = 200;
        String text;
        try {
            if (body.length > MAX_BODY_BYTES) {
                status = 413;
                text = "the body is too long";
            } else if (!verify(secret, three[0], three[1], three[2], body)) {
                status = 401;
                text = "wrong signature";
            } else {
                // Says which payment to read. It is not signed and need not be: it is only asked about.
                String payment = String.valueOf(headers.getFirst("X-Payment-Id")).replaceAll("[^A-Za-z0-9_]", "");
                text = store.keep(three[0], payment, body);
            }
        } catch (Exception failed) {
            System.err.println(three[0] + " is not stored: " + failed);
            status = 500;
            text = "not stored, send it again";
        }
        exchange.getResponseHeaders().set("Content-Type", "text/plain");
        exchange.sendResponseHeaders(status, text.length());
        exchange.getResponseBody().write(text.getBytes(UTF_8));
        exchange.close();
    }

    static void serve(Map<String, String> environment) throws IOException {
        String secret = environment.getOrDefault("WEBHOOK_SECRET", "");
        var client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
        String url = environment.getOrDefault("COWRY_URL", "http://127.0.0.1:8600");
        var api = new Api(client, url, environment.getOrDefault("COWRY_KEY", ""));
        var store = new Store(Path.of(environment.getOrDefault("WEBHOOK_STORE", "webhooks")));
        keyOf(secret);
        store.create();
        int port = Integer.parseInt(environment.getOrDefault("WEBHOOK_PORT", "3000"));
        var server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        server.setExecutor(Executors.newFixedThreadPool(8));
        server.createContext("/", exchange -> receive(exchange, secret, store));
        server.start();
        System.out.println("listening on http://127.0.0.1:" + server.getAddress().getPort() + "/hook");
        Executors.newSingleThreadScheduledExecutor()
                .scheduleWithFixedDelay(() -> store.work(api), 0, 1, TimeUnit.SECONDS);
    }

    public static void main(String[] given) throws Exception {
        String shape = given.length == 0 ? "serve" : given[0] + "/" + given.length;
        switch (shape) {
            case "serve" -> serve(System.getenv());
            case "verify/5" -> System.exit(
                    verify(given[1], given[2], given[3], given[4], System.in.readAllBytes()) ? 0 : 1);
            case "verify-body/3" -> System.exit(verifyBody(given[1], given[2], System.in.readAllBytes()) ? 0 : 1);
            default -> {
                System.err.println("usage: [verify SECRET ID TIMESTAMP SIGNATURE | verify-body SECRET SIGNATURE]");
                System.exit(2);
            }
        }
    }
}
