// Puts a file, gets it back, and posts it in forms of known and of unknown length (chunked): with the HttpClient of the
// JDK as it is by default, which asks plain http servers for HTTP/2.

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

public class UpgradeDriver {
    static HttpResponse<byte[]> send(HttpRequest.Builder request) throws Exception {
        // A client of its own, because a client remembers which server has refused HTTP/2.
        HttpResponse<byte[]> reply = HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofByteArray());
        if (reply.statusCode() != 200) {
            throw new Exception(reply.statusCode() + " " + new String(reply.body()));
        }
        return reply;
    }

    static HttpRequest.Builder to(String url) {
        return HttpRequest.newBuilder(URI.create(url));
    }

    static void post(String url, String authorization, BodyPublisher form) throws Exception {
        send(to(url).header("Authorization", authorization).header("Content-Type", "multipart/form-data; boundary=b")
            .POST(form));
    }

    public static void main(String[] given) throws Exception {
        Path file = Path.of(given[0]);
        byte[] content = Files.readAllBytes(file);
        send(to(given[1]).PUT(BodyPublishers.ofFile(file)));
        if (!Arrays.equals(send(to(given[2])).body(), content)) {
            throw new Exception("other bytes came back");
        }
        ByteArrayOutputStream form = new ByteArrayOutputStream();
        form.write("--b\r\nContent-Disposition: form-data; name=\"op\"\r\n\r\nupload\r\n".getBytes());
        form.write("--b\r\nContent-Disposition: form-data; name=\"filecontent\"\r\n\r\n".getBytes());
        form.write(content);
        form.write("\r\n--b--\r\n".getBytes());
        byte[] bytes = form.toByteArray();
        post(given[4], given[3], BodyPublishers.ofByteArray(bytes));
        post(given[5], given[3], BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes)));
    }
}
