import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;

/** The table of a program: steps by name, performed in their order, each told in a line: "ok NAME" or "FAILED NAME: what". */
final class Steps {
    interface Step {
        void perform() throws Exception;
    }

    /** Names that each SDK must escape, sign and read back; the clouds allow all of them. */
    static final String[] ODD = {
        "a b+中.txt", "a b/中+*~!'()%20&=#.txt", "per%cent%2Fslash%zz", "émoji-😀-Ω.bin", " blanks at both ends ", "acl",
    };
    static final String CONTROL = "bell\u0001.txt";

    final URI address;
    final String keyId;
    final String secret;
    private final Map<String, Step> table = new LinkedHashMap<>();

    Steps(String address, String keyId, String secret) {
        this.address = URI.create(address);
        this.keyId = keyId;
        this.secret = secret;
    }

    void step(String name, Step step) {
        table.put(name, step);
    }

    void run() {
        table.forEach((name, step) -> {
            try {
                step.perform();
                System.out.println("ok " + name);
            } catch (Throwable trouble) {
                String what = trouble.toString().replace("\n", " | ");
                System.out.println("FAILED " + name + ": " + what + at(trouble));
            }
        });
    }

    private static String at(Throwable trouble) {
        for (StackTraceElement one : trouble.getStackTrace()) {
            if (one.getClassName().indexOf('.') < 0) {
                return " at " + one.getFileName() + ":" + one.getLineNumber();
            }
        }
        return "";
    }

    static void same(String what, Object got, Object want) {
        if (!Objects.deepEquals(got, want)) {
            throw new AssertionError(what + ": got " + shown(got) + ", want " + shown(want));
        }
    }

    private static String shown(Object value) {
        return value instanceof byte[] ? ((byte[]) value).length + " bytes" : String.valueOf(value);
    }

    /** The error that a call must end with, as the type that the SDK has for it. */
    static <T extends Throwable> T refused(Class<T> type, Callable<?> call) throws Exception {
        try {
            call.call();
        } catch (Throwable trouble) {
            if (type.isInstance(trouble)) {
                return type.cast(trouble);
            }
            throw new AssertionError("an error of another type came: " + trouble);
        }
        throw new AssertionError("no error came");
    }

    static byte[] noise(int size, long seed) {
        byte[] content = new byte[size];
        new Random(seed).nextBytes(content);
        return content;
    }

    static byte[] joined(byte[] first, byte[] second) {
        byte[] whole = java.util.Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, whole, first.length, second.length);
        return whole;
    }

    static String md5(byte[] content) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(content));
    }

    static String bare(String etag) {
        return etag.replace("\"", "").toLowerCase();
    }

    /** Sends with the JDK's own client as it is, which asks plain http servers for HTTP/2; the server is its proxy for other names. */
    HttpResponse<byte[]> send(String method, String url, byte[] body, String... headers) throws Exception {
        URI uri = URI.create(url);
        HttpClient.Builder client = HttpClient.newBuilder();
        if (uri.getPort() != address.getPort()) {
            client.proxy(ProxySelector.of(new InetSocketAddress(address.getHost(), address.getPort())));
        }
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
        for (int at = 0; at < headers.length; at += 2) {
            request.header(headers[at], headers[at + 1]);
        }
        return client.build().send(request.build(), BodyHandlers.ofByteArray());
    }

    /** Puts and gets by presigned addresses. */
    void spend(String put, String get, byte[] content, String... headers) throws Exception {
        HttpResponse<byte[]> reply = send("PUT", put, content, headers);
        same(new String(reply.body()), reply.statusCode(), 200);
        reply = send("GET", get, null);
        same(new String(reply.body()).substring(0, Math.min(300, reply.body().length)), reply.statusCode(), 200);
        same("content", reply.body(), content);
    }
}
