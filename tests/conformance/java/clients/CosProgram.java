import com.qcloud.cos.COSClient;
import com.qcloud.cos.ClientConfig;
import com.qcloud.cos.auth.BasicCOSCredentials;
import com.qcloud.cos.exception.CosServiceException;
import com.qcloud.cos.http.HttpMethodName;
import com.qcloud.cos.http.HttpProtocol;
import com.qcloud.cos.model.*;
import com.qcloud.cos.region.Region;
import com.qcloud.cos.transfer.TransferManager;
import com.qcloud.cos.transfer.TransferManagerConfiguration;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/** The COS XML SDK with its transfer manager, at the cloud's own names through the server as a proxy. */
final class CosProgram {
    static final String BUCKET = "java-cos-1250000000";

    static COSClient client(Steps on, String secret) {
        ClientConfig config = new ClientConfig(new Region("ap-guangzhou"));
        config.setHttpProtocol(HttpProtocol.http);
        config.setHttpProxyIp(on.address.getHost());
        config.setHttpProxyPort(on.address.getPort());
        return new COSClient(new BasicCOSCredentials(on.keyId, secret), config);
    }

    private static String code(Callable<?> call) throws Exception {
        CosServiceException error = Steps.refused(CosServiceException.class, call);
        Steps.same("a request id", error.getRequestId() != null, true);
        return error.getErrorCode();
    }

    private static byte[] get(COSClient cos, String key) throws Exception {
        try (COSObject got = cos.getObject(BUCKET, key)) {
            return got.getObjectContent().readAllBytes();
        }
    }

    private static void put(COSClient cos, String key, byte[] content) {
        ObjectMetadata meta = new ObjectMetadata();
        meta.setContentLength(content.length);
        meta.addUserMetadata("color", "blue");
        cos.putObject(BUCKET, key, new ByteArrayInputStream(content), meta);
    }

    static void fill(Steps on) {
        COSClient cos = client(on, on.secret);
        byte[] longer = Steps.noise((6 << 20) + 5, 5);
        on.step("create a bucket", () -> {
            Steps.same("there", cos.doesBucketExist(BUCKET), false);
            cos.createBucket(BUCKET);
            Steps.same("there", cos.doesBucketExist(BUCKET), true);
            Steps.same("listed", cos.listBuckets().stream().map(Bucket::getName).anyMatch(BUCKET::equals), true);
            Steps.same("location", cos.getBucketLocation(BUCKET), "ap-guangzhou");
        });
        on.step("put, head, get, range", () -> {
            put(cos, "a", "hello".getBytes());
            ObjectMetadata told = cos.getObjectMetadata(BUCKET, "a");
            Steps.same("etag", told.getETag(), Steps.md5("hello".getBytes()));
            Steps.same("metadata", told.getUserMetadata(), Map.of("color", "blue"));
            Steps.same("crc", told.getCrc64Ecma() != null, true);
            GetObjectRequest part = new GetObjectRequest(BUCKET, "a");
            part.setRange(1, 3);
            Steps.same("part", new String(cos.getObject(part).getObjectContent().readAllBytes()), "ell");
        });
        on.step("odd keys: put, get, copy, list, delete many", () -> {
            for (String name : Steps.ODD) {
                put(cos, "odd/" + name, name.getBytes("UTF-8"));
                Steps.same(name, cos.doesObjectExist(BUCKET, "odd/" + name), true);
                cos.copyObject(BUCKET, "odd/" + name, BUCKET, "copy/" + name);
                Steps.same(name, new String(get(cos, "copy/" + name), "UTF-8"), name);
            }
            put(cos, "odd/" + Steps.CONTROL, "x".getBytes());
            Set<String> found = cos.listObjects(BUCKET, "odd/").getObjectSummaries().stream().map(COSObjectSummary::getKey).collect(Collectors.toSet());
            Steps.same("listed", found.size(), Steps.ODD.length + 1);
            cos.deleteObject(BUCKET, "odd/" + Steps.CONTROL); // a document of this SDK holds it as it is, which no parser takes
            found.remove("odd/" + Steps.CONTROL);
            DeleteObjectsRequest gone = new DeleteObjectsRequest(BUCKET);
            gone.setKeys(found.stream().map(DeleteObjectsRequest.KeyVersion::new).toList());
            Steps.same("deleted", cos.deleteObjects(gone).getDeletedObjects().size(), found.size());
        });
        on.step("list with a delimiter, pages", () -> {
            for (String name : List.of("l/1", "l/2", "l/in/1")) {
                put(cos, name, "x".getBytes());
            }
            ListObjectsRequest asked = new ListObjectsRequest(BUCKET, "l/", null, "/", 1);
            ObjectListing page = cos.listObjects(asked);
            Steps.same("truncated", page.isTruncated(), true);
            asked.setMarker(page.getNextMarker());
            asked.setMaxKeys(10);
            Steps.same("prefixes", cos.listObjects(asked).getCommonPrefixes(), List.of("l/in/"));
        });
        on.step("the transfer manager: upload, resumable download, copy", () -> {
            Path from = Files.write(Path.of("cos.bin"), longer);
            TransferManager manager = new TransferManager(cos);
            TransferManagerConfiguration config = new TransferManagerConfiguration();
            config.setMultipartUploadThreshold(1 << 20);
            config.setMinimumUploadPartSize(1 << 20);
            config.setMultipartCopyThreshold(1 << 20);
            config.setMultipartCopyPartSize(1 << 20);
            manager.setConfiguration(config);
            manager.upload(BUCKET, "long", from.toFile()).waitForUploadResult();
            manager.download(new GetObjectRequest(BUCKET, "long"), new File("cos.back"), true).waitForCompletion();
            Steps.same("content", Files.readAllBytes(Path.of("cos.back")), longer);
            manager.copy(new CopyObjectRequest(new Region("ap-guangzhou"), BUCKET, "long", BUCKET, "long2"), cos, null).waitForCopyResult();
            Steps.same("content", get(cos, "long2"), longer);
            manager.shutdownNow(false);
        });
        on.step("presigned addresses by the JDK's client", () -> {
            Date until = new Date(System.currentTimeMillis() + 60_000);
            String key = "signed/a b+中";
            on.spend(cos.generatePresignedUrl(BUCKET, key, until, HttpMethodName.PUT).toString(),
                cos.generatePresignedUrl(BUCKET, key, until, HttpMethodName.GET).toString(), Steps.noise(200_000, 6));
        });
        on.step("ACL, tags, CORS, lifecycle", () -> {
            cos.setObjectAcl(BUCKET, "a", CannedAccessControlList.PublicRead);
            Steps.same("grants", cos.getObjectAcl(BUCKET, "a").getGrantsAsList().size(), 2);
            cos.setBucketTaggingConfiguration(BUCKET, new BucketTaggingConfiguration(List.of(new TagSet(Map.of("k", "v")))));
            Steps.same("tags", cos.getBucketTaggingConfiguration(BUCKET).getTagSet().getAllTags(), Map.of("k", "v"));
            Steps.same("CORS", cos.getBucketCrossOriginConfiguration(BUCKET), null);
            CORSRule rule = new CORSRule();
            rule.setAllowedMethods(CORSRule.AllowedMethods.GET);
            rule.setAllowedOrigins("*");
            cos.setBucketCrossOriginConfiguration(BUCKET, new BucketCrossOriginConfiguration(List.of(rule)));
            Steps.same("origins", cos.getBucketCrossOriginConfiguration(BUCKET).getRules().get(0).getAllowedOrigins(), List.of("*"));
            Steps.same("lifecycle", cos.getBucketLifecycleConfiguration(BUCKET), null);
        });
        on.step("refusals and what was never set", () -> {
            Steps.same("code", code(() -> cos.getObject(BUCKET, "none")), "NoSuchKey");
            Steps.same("code", code(() -> cos.listObjects("java-none-1250000000")), "NoSuchBucket");
            Steps.same("code", code(() -> client(on, "wrong").getObject(BUCKET, "a")), "SignatureDoesNotMatch");
            Steps.same("website", cos.getBucketWebsiteConfiguration(BUCKET), null);
            Steps.same("logging", cos.getBucketLoggingConfiguration(BUCKET).getDestinationBucketName(), null);
            Steps.same("versioning", cos.getBucketVersioningConfiguration(BUCKET).getStatus(), BucketVersioningConfiguration.OFF);
        });
        on.step("remove the bucket", () -> {
            for (COSObjectSummary one : cos.listObjects(BUCKET).getObjectSummaries()) {
                cos.deleteObject(BUCKET, one.getKey());
            }
            cos.deleteBucket(BUCKET);
        });
    }
}
