import com.qcloud.cos.COSClient;
import com.qcloud.cos.ClientConfig;
import com.qcloud.cos.meta.FileAuthority;
import com.qcloud.cos.meta.InsertOnly;
import com.qcloud.cos.meta.OverWrite;
import com.qcloud.cos.request.*;
import com.qcloud.cos.sign.Credentials;
import com.qcloud.cos.sign.Sign;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.json.JSONObject;

/** The COS JSON SDK, version 4 of the artifact whose version 5 speaks XML; hence its own class path. By the server as a proxy. */
public final class CosV4Program {
    static final long APPID = 1250000000;
    static final String BUCKET = "demo";
    static final String ROOT = "/java-v4/";

    static COSClient client(Steps on, String secret) {
        ClientConfig config = new ClientConfig();
        config.setHttpProxyIp(on.address.getHost());
        config.setHttpProxyPort(on.address.getPort());
        return new COSClient(config, new Credentials(APPID, on.keyId, secret));
    }

    /** The data of a reply that says success. */
    private static JSONObject done(String reply) {
        JSONObject told = new JSONObject(reply);
        Steps.same(reply, told.getInt("code"), 0);
        return told.has("data") ? told.getJSONObject("data") : new JSONObject();
    }

    private static int code(String reply) {
        JSONObject told = new JSONObject(reply);
        Steps.same("a message", told.getString("message").isEmpty(), false);
        return told.getInt("code");
    }

    private static byte[] get(COSClient cos, String path, long... range) throws Exception {
        GetFileInputStreamRequest asked = new GetFileInputStreamRequest(BUCKET, path);
        asked.setUseCDN(false);
        if (range.length > 0) {
            asked.setRangeStart(range[0]);
            asked.setRangeEnd(range[1]);
        }
        try (InputStream stream = cos.getFileInputStream(asked)) {
            return stream.readAllBytes();
        }
    }

    private static JSONObject put(COSClient cos, String path, byte[] content) {
        return done(cos.uploadFile(new UploadFileRequest(BUCKET, path, content)));
    }

    /** All names of a folder, a page of ``num`` at a time. */
    private static List<String> listed(COSClient cos, String folder, int num) {
        List<String> names = new ArrayList<>();
        ListFolderRequest asked = new ListFolderRequest(BUCKET, folder);
        asked.setNum(num);
        while (true) {
            JSONObject page = done(cos.listFolder(asked));
            for (int at = 0; at < page.getJSONArray("infos").length(); at++) {
                names.add(page.getJSONArray("infos").getJSONObject(at).getString("name"));
            }
            if (page.getBoolean("listover")) {
                return names;
            }
            asked.setContext(page.getString("context"));
        }
    }

    static void fill(Steps on) {
        COSClient cos = client(on, on.secret);
        byte[] small = Steps.noise(70_000, 71);
        byte[] longer = Steps.noise((9 << 20) + 7, 72);
        on.step("upload, stat, download, range", () -> {
            UploadFileRequest asked = new UploadFileRequest(BUCKET, ROOT + "small.bin", small);
            asked.setBizAttr("attr");
            JSONObject made = done(cos.uploadFile(asked));
            Steps.same("path", made.getString("resource_path"), "/" + APPID + "/" + BUCKET + ROOT + "small.bin");
            JSONObject told = done(cos.statFile(new StatFileRequest(BUCKET, ROOT + "small.bin")));
            Steps.same("size", told.getInt("filesize"), small.length);
            Steps.same("sha", told.getString("sha"), java.util.HexFormat.of().formatHex(java.security.MessageDigest.getInstance("SHA-1").digest(small)));
            Steps.same("attr", told.getString("biz_attr"), "attr");
            Steps.same("content", get(cos, ROOT + "small.bin"), small);
            Steps.same("range", get(cos, ROOT + "small.bin", 10, 19), java.util.Arrays.copyOfRange(small, 10, 20));
        });
        on.step("a file in one request, and to a file", () -> {
            Path from = Files.writeString(Path.of("from.txt"), "from a file");
            done(cos.uploadSingleFile(new UploadFileRequest(BUCKET, ROOT + "one.txt", from.toString())));
            done(cos.getFileLocal(new GetFileLocalRequest(BUCKET, ROOT + "one.txt", "to.txt")));
            Steps.same("content", Files.readString(Path.of("to.txt")), "from a file");
        });
        on.step("insert only, and over", () -> {
            UploadFileRequest again = new UploadFileRequest(BUCKET, ROOT + "one.txt", "other".getBytes());
            Steps.same("code", code(cos.uploadFile(again)), -177);
            again.setInsertOnly(InsertOnly.OVER_WRITE);
            done(cos.uploadFile(again));
            Steps.same("content", new String(get(cos, ROOT + "one.txt")), "other");
        });
        for (boolean digests : new boolean[] {false, true}) {
            on.step("in slices, " + (digests ? "with" : "without") + " digests", () -> {
                String path = ROOT + "slices-" + digests;
                longer[0] = (byte) (digests ? 1 : 2);
                Path from = Files.write(Path.of("longer"), longer);
                UploadSliceFileRequest asked = new UploadSliceFileRequest(BUCKET, path, from.toString(), 1 << 20);
                asked.setEnableShaDigest(digests);
                done(cos.uploadSliceFile(asked));
                Steps.same("content", get(cos, path), longer);
                Steps.same("size", done(cos.statFile(new StatFileRequest(BUCKET, path))).getInt("filelen"), longer.length);
                Steps.same("code", code(cos.uploadSliceFile(new UploadSliceFileRequest(BUCKET, path, from.toString(), 1 << 20))), -177);
            });
        }
        on.step("a long file by the call that chooses", () -> {
            longer[0] = 3;
            put(cos, ROOT + "chosen", longer);
            Steps.same("content", get(cos, ROOT + "chosen"), longer);
        });
        on.step("odd names", () -> {
            for (String name : Steps.ODD) {
                if (!name.startsWith(" ")) { // blanks at the ends are cut off by this SDK's own check of a path
                    put(cos, ROOT + "odd/" + name, name.getBytes("UTF-8"));
                    done(cos.statFile(new StatFileRequest(BUCKET, ROOT + "odd/" + name)));
                    Steps.same(name, new String(get(cos, ROOT + "odd/" + name), "UTF-8"), name);
                }
            }
            Steps.same("listed", listed(cos, ROOT + "odd/", 2).size(), Steps.ODD.length - 1);
        });
        on.step("update", () -> {
            UpdateFileRequest asked = new UpdateFileRequest(BUCKET, ROOT + "one.txt");
            asked.setBizAttr("new");
            asked.setAuthority(FileAuthority.WPRIVATERPUBLIC);
            asked.setCacheControl("no-cache");
            asked.setContentType("text/x-own");
            asked.setXCosMeta("x-cos-meta-color", "blue");
            done(cos.updateFile(asked));
            JSONObject told = done(cos.statFile(new StatFileRequest(BUCKET, ROOT + "one.txt")));
            Steps.same("attr", told.getString("biz_attr"), "new");
            Steps.same("authority", told.getString("authority"), "eWPrivateRPublic");
            Steps.same("headers", told.getJSONObject("custom_headers").getString("Cache-Control"), "no-cache");
            java.net.http.HttpResponse<byte[]> reply = on.send("GET", told.getString("source_url"), null);
            Steps.same("everybody reads it", reply.statusCode(), 200);
            Steps.same("type", reply.headers().firstValue("Content-Type").orElse(""), "text/x-own");
            Steps.same("metadata", reply.headers().firstValue("x-cos-meta-color").orElse(""), "blue");
        });
        on.step("a signed address by the JDK's client", () -> {
            String told = done(cos.statFile(new StatFileRequest(BUCKET, ROOT + "small.bin"))).getString("source_url");
            Credentials key = new Credentials(APPID, on.keyId, on.secret);
            String sign = Sign.getDownLoadSign(BUCKET, ROOT + "small.bin", key, System.currentTimeMillis() / 1000 + 60);
            Steps.same("without", on.send("GET", told, null).statusCode() >= 400, true);
            java.net.http.HttpResponse<byte[]> reply = on.send("GET", told + "?sign=" + URLEncoder.encode(sign, StandardCharsets.UTF_8), null);
            Steps.same("status", reply.statusCode(), 200);
            Steps.same("content", reply.body(), small);
        });
        on.step("folders", () -> {
            String folder = ROOT + "folder 中/";
            done(cos.createFolder(new CreateFolderRequest(BUCKET, folder, "first")));
            Steps.same("again", code(cos.createFolder(new CreateFolderRequest(BUCKET, folder))), -178);
            UpdateFolderRequest asked = new UpdateFolderRequest(BUCKET, folder);
            asked.setBizAttr("second");
            done(cos.updateFolder(asked));
            Steps.same("attr", done(cos.statFolder(new StatFolderRequest(BUCKET, folder))).getString("biz_attr"), "second");
            for (int at = 0; at < 5; at++) {
                put(cos, folder + at, new byte[] {(byte) at});
            }
            Steps.same("listed", listed(cos, folder, 2), List.of("0", "1", "2", "3", "4"));
            Steps.same("not empty", code(cos.delFolder(new DelFolderRequest(BUCKET, folder))), -173);
            for (int at = 0; at < 5; at++) {
                done(cos.delFile(new DelFileRequest(BUCKET, folder + at)));
            }
            done(cos.delFolder(new DelFolderRequest(BUCKET, folder)));
            Steps.same("gone", code(cos.statFolder(new StatFolderRequest(BUCKET, folder))), -197);
        });
        on.step("move", () -> {
            MoveFileRequest asked = new MoveFileRequest(BUCKET, ROOT + "one.txt", ROOT + "moved/中.txt");
            done(cos.moveFile(asked));
            Steps.same("content", new String(get(cos, ROOT + "moved/中.txt")), "other");
            MoveFileRequest taken = new MoveFileRequest(BUCKET, ROOT + "small.bin", ROOT + "moved/中.txt");
            Steps.same("no overwriting", code(cos.moveFile(taken)), -199);
            taken.setOverWrite(OverWrite.OVER_WRITE);
            done(cos.moveFile(taken));
            Steps.same("content", get(cos, ROOT + "moved/中.txt"), small);
        });
        on.step("delete, and refusals", () -> {
            done(cos.delFile(new DelFileRequest(BUCKET, ROOT + "moved/中.txt")));
            Steps.same("again", code(cos.delFile(new DelFileRequest(BUCKET, ROOT + "moved/中.txt"))), -197);
            Steps.same("gone", code(cos.statFile(new StatFileRequest(BUCKET, ROOT + "moved/中.txt"))), -197);
            Steps.same("a wrong secret", code(client(on, "wrong").statFile(new StatFileRequest(BUCKET, ROOT + "chosen"))), -97);
        });
    }

    public static void main(String[] given) {
        Steps steps = new Steps(given[0], given[1], given[2]);
        fill(steps);
        steps.run();
        System.exit(0); // the SDK leaves threads behind
    }
}
