import com.aliyun.oss.ClientBuilderConfiguration;
import com.aliyun.oss.HttpMethod;
import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSClientBuilder;
import com.aliyun.oss.OSSException;
import com.aliyun.oss.common.auth.DefaultCredentialProvider;
import com.aliyun.oss.common.comm.SignVersion;
import com.aliyun.oss.model.*;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/** The OSS SDK, with either signature. */
final class OssProgram {
    static OSS client(Steps on, boolean v4, String secret) {
        ClientBuilderConfiguration config = new ClientBuilderConfiguration();
        config.setSignatureVersion(v4 ? SignVersion.V4 : SignVersion.V1);
        return OSSClientBuilder.create().endpoint(on.address.toString()).region("cn-hangzhou")
            .credentialsProvider(new DefaultCredentialProvider(on.keyId, secret)).clientConfiguration(config).build();
    }

    private static String code(Callable<?> call) throws Exception {
        OSSException error = Steps.refused(OSSException.class, call);
        Steps.same("a request id", error.getRequestId() != null, true);
        return error.getErrorCode();
    }

    private static byte[] get(OSS oss, String bucket, String key) throws Exception {
        try (OSSObject got = oss.getObject(bucket, key)) {
            return got.getObjectContent().readAllBytes();
        }
    }

    /** The SDK leaves escaped names of a listing to the application. */
    private static String decoded(OSSObjectSummary one) {
        return java.net.URLDecoder.decode(one.getKey(), java.nio.charset.StandardCharsets.UTF_8);
    }

    static void fill(Steps on, boolean v4) {
        String bucket = v4 ? "java-oss-v4" : "java-oss-v1";
        OSS oss = client(on, v4, on.secret);
        byte[] longer = Steps.noise((3 << 20) + 5, 3);
        on.step("create a bucket", () -> {
            Steps.same("there", oss.doesBucketExist(bucket), false);
            oss.createBucket(bucket);
            Steps.same("there", oss.doesBucketExist(bucket), true);
            Steps.same("name", oss.getBucketInfo(bucket).getBucket().getName(), bucket);
            Steps.same("listed", oss.listBuckets(bucket, null, 10).getBucketList().get(0).getName(), bucket);
        });
        on.step("put, head, get, range, conditions", () -> {
            ObjectMetadata meta = new ObjectMetadata();
            meta.setContentType("text/plain");
            meta.addUserMetadata("color", "blue");
            Steps.same("etag", Steps.bare(oss.putObject(bucket, "a", new ByteArrayInputStream("hello".getBytes()), meta).getETag()), Steps.md5("hello".getBytes()));
            ObjectMetadata told = oss.getObjectMetadata(bucket, "a");
            Steps.same("metadata", told.getUserMetadata(), Map.of("color", "blue"));
            Steps.same("size", oss.getSimplifiedObjectMeta(bucket, "a").getSize(), 5L);
            GetObjectRequest part = new GetObjectRequest(bucket, "a");
            part.setRange(1, 3);
            try (OSSObject got = oss.getObject(part)) {
                Steps.same("part", new String(got.getObjectContent().readAllBytes()), "ell");
            }
            GetObjectRequest other = new GetObjectRequest(bucket, "a");
            other.setMatchingETagConstraints(List.of("no"));
            Steps.same("code", code(() -> oss.getObject(other)), "PreconditionFailed");
        });
        on.step("append", () -> {
            AppendObjectRequest first = new AppendObjectRequest(bucket, "log", new ByteArrayInputStream("one".getBytes()));
            first.setPosition(0L);
            AppendObjectRequest second = new AppendObjectRequest(bucket, "log", new ByteArrayInputStream("two".getBytes()));
            second.setPosition(oss.appendObject(first).getNextPosition());
            Steps.same("next", oss.appendObject(second).getNextPosition(), 6L);
            Steps.same("content", new String(get(oss, bucket, "log")), "onetwo");
        });
        on.step("odd keys: put, get, copy, list, delete many", () -> {
            List<String> names = new ArrayList<>(List.of(Steps.ODD));
            names.add(Steps.CONTROL);
            for (String name : names) {
                oss.putObject(bucket, "odd/" + name, new ByteArrayInputStream(name.getBytes("UTF-8")));
                Steps.same(name, oss.doesObjectExist(bucket, "odd/" + name), true);
                oss.copyObject(bucket, "odd/" + name, bucket, "copy/" + name);
                Steps.same(name, new String(get(oss, bucket, "copy/" + name), "UTF-8"), name);
            }
            Set<String> found = oss.listObjectsV2(new ListObjectsV2Request(bucket, "odd/").withEncodingType("url")).getObjectSummaries().stream().map(OssProgram::decoded).collect(Collectors.toSet());
            found.addAll(oss.listObjects(new ListObjectsRequest(bucket, "copy/", null, null, 1000).withEncodingType("url")).getObjectSummaries().stream().map(OssProgram::decoded).toList());
            Steps.same("listed", found.size(), names.size() * 2);
            Steps.same("by their names", found.containsAll(names.stream().map("odd/"::concat).toList()), true);
            for (String place : List.of("odd/", "copy/")) { // this SDK's documents hold it as it is, which no parser takes
                oss.deleteObject(bucket, place + Steps.CONTROL);
                found.remove(place + Steps.CONTROL);
            }
            DeleteObjectsRequest gone = new DeleteObjectsRequest(bucket).withKeys(new ArrayList<>(found)).withEncodingType("url");
            Steps.same("deleted", oss.deleteObjects(gone).getDeletedObjects().size(), found.size());
        });
        on.step("list with a delimiter, pages, versions", () -> {
            for (String name : List.of("l/1", "l/2", "l/in/1")) {
                oss.putObject(bucket, name, new ByteArrayInputStream(new byte[0]));
            }
            ListObjectsRequest asked = new ListObjectsRequest(bucket, "l/", null, "/", 1);
            ObjectListing page = oss.listObjects(asked);
            Steps.same("truncated", page.isTruncated(), true);
            asked.setMarker(page.getNextMarker());
            asked.setMaxKeys(10);
            Steps.same("prefixes", oss.listObjects(asked).getCommonPrefixes(), List.of("l/in/"));
            Steps.same("versions", oss.listVersions(bucket, "l/").getVersionSummaries().size(), 3);
        });
        on.step("upload and download in parts, with checkpoints", () -> {
            Path from = Files.write(Path.of("oss.bin"), longer);
            UploadFileRequest up = new UploadFileRequest(bucket, "long");
            up.setUploadFile(from.toString());
            up.setPartSize(300 << 10);
            up.setTaskNum(3);
            up.setEnableCheckpoint(true);
            try {
                oss.uploadFile(up);
                DownloadFileRequest down = new DownloadFileRequest(bucket, "long");
                down.setDownloadFile("oss.back");
                down.setPartSize(300 << 10);
                down.setTaskNum(3);
                down.setEnableCheckpoint(true);
                oss.downloadFile(down);
            } catch (Exception trouble) {
                throw trouble;
            } catch (Throwable trouble) {
                throw new Exception(trouble);
            }
            Steps.same("content", Files.readAllBytes(Path.of("oss.back")), longer);
        });
        on.step("an upload in parts by hand, one of them copied", () -> {
            String id = oss.initiateMultipartUpload(new InitiateMultipartUploadRequest(bucket, "parts")).getUploadId();
            PartETag one = oss.uploadPart(new UploadPartRequest(bucket, "parts", id, 1, new ByteArrayInputStream(longer, 0, 200 << 10), 200 << 10)).getPartETag();
            PartETag two = oss.uploadPartCopy(new UploadPartCopyRequest(bucket, "a", bucket, "parts", id, 2, 0L, 5L)).getPartETag();
            Steps.same("parts", oss.listParts(new ListPartsRequest(bucket, "parts", id)).getParts().size(), 2);
            Steps.same("uploads", oss.listMultipartUploads(new ListMultipartUploadsRequest(bucket)).getMultipartUploads().size(), 1);
            oss.completeMultipartUpload(new CompleteMultipartUploadRequest(bucket, "parts", id, new ArrayList<>(List.of(one, two))));
            Steps.same("size", get(oss, bucket, "parts").length, (200 << 10) + 5);
            Steps.same("code", code(() -> oss.abortMultipartUpload(new AbortMultipartUploadRequest(bucket, "parts", id))), "NoSuchUpload");
        });
        on.step("presigned addresses by the JDK's client", () -> {
            Date until = new Date(System.currentTimeMillis() + 60_000);
            GeneratePresignedUrlRequest put = new GeneratePresignedUrlRequest(bucket, "signed/a b+中", HttpMethod.PUT);
            put.setExpiration(until);
            put.setContentType("text/x");
            on.spend(oss.generatePresignedUrl(put).toString(), oss.generatePresignedUrl(bucket, "signed/a b+中", until).toString(),
                Steps.noise(200_000, 4), "Content-Type", "text/x");
        });
        on.step("ACL, tags, CORS, lifecycle", () -> {
            oss.setObjectAcl(bucket, "a", CannedAccessControlList.PublicRead);
            Steps.same("acl", oss.getObjectAcl(bucket, "a").getPermission(), ObjectPermission.PublicRead);
            oss.setBucketAcl(bucket, CannedAccessControlList.PublicRead);
            Steps.same("acl", oss.getBucketAcl(bucket).getCannedACL(), CannedAccessControlList.PublicRead);
            oss.setBucketAcl(bucket, CannedAccessControlList.Private);
            oss.setObjectTagging(bucket, "a", Map.of("a b", "c+d"));
            Steps.same("tags", oss.getObjectTagging(bucket, "a").getAllTags(), Map.of("a b", "c+d"));
            oss.setBucketTagging(new SetBucketTaggingRequest(bucket, Map.of("k", "v")));
            Steps.same("tags", oss.getBucketTagging(new GenericRequest(bucket)).getAllTags(), Map.of("k", "v"));
            Steps.same("code", code(() -> oss.getBucketCORSRules(bucket)), "NoSuchCORSConfiguration");
            SetBucketCORSRequest cors = new SetBucketCORSRequest(bucket);
            SetBucketCORSRequest.CORSRule rule = new SetBucketCORSRequest.CORSRule();
            rule.addAllowdOrigin("*");
            rule.addAllowedMethod("GET");
            cors.addCorsRule(rule);
            oss.setBucketCORS(cors);
            Steps.same("methods", oss.getBucketCORSRules(bucket).get(0).getAllowedMethods(), List.of("GET"));
            Steps.same("code", code(() -> oss.getBucketLifecycle(bucket)), "NoSuchLifecycle");
            SetBucketLifecycleRequest life = new SetBucketLifecycleRequest(bucket);
            life.AddLifecycleRule(new LifecycleRule("r", "old/", LifecycleRule.RuleStatus.Enabled, 9));
            oss.setBucketLifecycle(life);
            Steps.same("days", oss.getBucketLifecycle(bucket).get(0).getExpirationDays(), 9);
        });
        on.step("refusals and what was never set", () -> {
            Steps.same("code", code(() -> oss.getObject(bucket, "none")), "NoSuchKey");
            Steps.same("code", code(() -> oss.listObjects("java-none")), "NoSuchBucket");
            Steps.same("code", code(() -> client(on, v4, "wrong").getObject(bucket, "a")), "SignatureDoesNotMatch");
            Steps.same("code", code(() -> oss.getBucketWebsite(bucket)), "NoSuchWebsiteConfiguration");
            Steps.same("code", code(() -> oss.getBucketEncryption(bucket)), "NoSuchServerSideEncryptionRule");
            Steps.same("versioning", oss.getBucketVersioning(bucket).getStatus(), null);
            Steps.same("logging", oss.getBucketLogging(bucket).getTargetBucket(), null);
            oss.getBucketReferer(bucket);
            oss.getBucketStat(bucket);
        });
        on.step("remove the bucket", () -> {
            for (OSSObjectSummary one : oss.listObjects(new ListObjectsRequest(bucket, null, null, null, 1000).withEncodingType("url")).getObjectSummaries()) {
                oss.deleteObject(bucket, decoded(one));
            }
            oss.deleteBucket(bucket);
            Steps.same("there", oss.doesBucketExist(bucket), false);
        });
    }
}
