package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
)

func oss2Client(p place, v4 bool, secret string) *oss.Client {
	config := oss.LoadDefaultConfig().WithEndpoint(p.address).WithRegion("cn-hangzhou").
		WithCredentialsProvider(credentials.NewStaticCredentialsProvider(p.keyID, secret))
	if !v4 {
		config = config.WithSignatureVersion(oss.SignatureVersionV1)
	}
	return oss.NewClient(config)
}

func oss2Code(err error) string {
	found := typed[*oss.ServiceError](err)
	if found.RequestID == "" {
		panic(fmt.Sprintf("no request id in %v", err))
	}
	return found.Code
}

func oss2Steps(p place, v4 bool) []step {
	ctx, way := context.Background(), http.DefaultClient
	client := oss2Client(p, v4, p.secret)
	name := map[bool]string{false: "go-oss2-v1", true: "go-oss2-v4"}[v4]
	bucket := oss.Ptr(name)
	put := func(key string, content []byte) *oss.PutObjectResult {
		return must(client.PutObject(ctx, &oss.PutObjectRequest{Bucket: bucket, Key: &key, Body: bytes.NewReader(content)}))
	}
	get := func(key string) []byte {
		return all(must(client.GetObject(ctx, &oss.GetObjectRequest{Bucket: bucket, Key: &key})).Body)
	}
	a := oss.Ptr("a")
	long := noise(3<<20+7, 4)
	path := kept(name+".bin", long)
	back := filepath.Join(os.TempDir(), name+".back")
	return []step{
		{"create a bucket", func() {
			same("there", must(client.IsBucketExist(ctx, name)), false)
			must(client.PutBucket(ctx, &oss.PutBucketRequest{Bucket: bucket}))
			same("there", must(client.IsBucketExist(ctx, name)), true)
			told := must(client.GetBucketInfo(ctx, &oss.GetBucketInfoRequest{Bucket: bucket})).BucketInfo
			same("name", *told.Name, name)
			same("owner", *told.Owner.ID != "", true)
			found := must(client.ListBuckets(ctx, &oss.ListBucketsRequest{Prefix: bucket}))
			same("listed", *found.Buckets[0].Name, name)
		}},
		{"put, head, get, range, conditions", func() {
			done := must(client.PutObject(ctx, &oss.PutObjectRequest{Bucket: bucket, Key: a, Body: bytes.NewReader([]byte("hello")), ContentType: oss.Ptr("text/plain"), Metadata: map[string]string{"color": "blue"}}))
			same("etag", bare(*done.ETag), etagOf([]byte("hello")))
			told := must(client.HeadObject(ctx, &oss.HeadObjectRequest{Bucket: bucket, Key: a}))
			same("length", told.ContentLength, int64(5))
			same("metadata", told.Metadata["color"], "blue")
			same("crc", *told.HashCRC64, *done.HashCRC64)
			same("class", *told.StorageClass, "Standard")
			same("etag", *must(client.GetObjectMeta(ctx, &oss.GetObjectMetaRequest{Bucket: bucket, Key: a})).ETag, *done.ETag)
			sameBytes("content", get("a"), []byte("hello"))
			part := must(client.GetObject(ctx, &oss.GetObjectRequest{Bucket: bucket, Key: a, Range: oss.Ptr("bytes=1-3"), RangeBehavior: oss.Ptr("standard")}))
			sameBytes("part", all(part.Body), []byte("ell"))
			_, err := client.GetObject(ctx, &oss.GetObjectRequest{Bucket: bucket, Key: a, IfMatch: oss.Ptr("no")})
			same("code", oss2Code(err), "PreconditionFailed")
			_, err = client.PutObject(ctx, &oss.PutObjectRequest{Bucket: bucket, Key: a, Body: bytes.NewReader(nil), ForbidOverwrite: oss.Ptr("true")})
			same("code", oss2Code(err), "FileAlreadyExists")
		}},
		{"append, and a file that is written to", func() {
			done := must(client.AppendObject(ctx, &oss.AppendObjectRequest{Bucket: bucket, Key: oss.Ptr("log"), Position: oss.Ptr(int64(0)), Body: bytes.NewReader([]byte("one"))}))
			same("next", done.NextPosition, int64(3))
			file := must(client.AppendFile(ctx, name, "log"))
			must(file.Write([]byte("two")))
			check(file.Close())
			sameBytes("content", get("log"), []byte("onetwo"))
			opened := must(client.OpenFile(ctx, name, "log"))
			must(opened.Seek(2, 0))
			sameBytes("after a seek", all(opened), []byte("etwo"))
		}},
		{"odd keys", func() {
			names := append(append([]string{}, oddKeys...), controlKeys...)
			found := map[string]bool{}
			for _, key := range names {
				put("odd/"+key, []byte(key))
				sameBytes(key, get("odd/"+key), []byte(key))
				must(client.CopyObject(ctx, &oss.CopyObjectRequest{Bucket: bucket, Key: oss.Ptr("copy/" + key), SourceKey: oss.Ptr("odd/" + key)}))
				sameBytes(key, get("copy/"+key), []byte(key))
			}
			pages := client.NewListObjectsV2Paginator(&oss.ListObjectsV2Request{Bucket: bucket, Prefix: oss.Ptr("odd/"), MaxKeys: 3})
			for pages.HasNext() {
				for _, one := range must(pages.NextPage(ctx)).Contents {
					found[*one.Key] = true
				}
			}
			older := client.NewListObjectsPaginator(&oss.ListObjectsRequest{Bucket: bucket, Prefix: oss.Ptr("copy/"), MaxKeys: 3})
			for older.HasNext() {
				for _, one := range must(older.NextPage(ctx)).Contents {
					found[*one.Key] = true
				}
			}
			gone := []oss.DeleteObject{}
			for _, key := range names {
				same(key, found["odd/"+key] && found["copy/"+key], true)
				gone = append(gone, oss.DeleteObject{Key: oss.Ptr("odd/" + key)}, oss.DeleteObject{Key: oss.Ptr("copy/" + key)})
			}
			done := must(client.DeleteMultipleObjects(ctx, &oss.DeleteMultipleObjectsRequest{Bucket: bucket, Objects: gone}))
			same("deleted", len(done.DeletedObjects), len(gone))
		}},
		{"list with a delimiter, versions", func() {
			for _, key := range []string{"l/1", "l/2", "l/in/1", "l/on/1"} {
				put(key, nil)
			}
			page := must(client.ListObjectsV2(ctx, &oss.ListObjectsV2Request{Bucket: bucket, Prefix: oss.Ptr("l/"), Delimiter: oss.Ptr("/")}))
			same("keys", len(page.Contents), 2)
			same("prefix", *page.CommonPrefixes[1].Prefix, "l/on/")
			same("versions", len(must(client.ListObjectVersions(ctx, &oss.ListObjectVersionsRequest{Bucket: bucket, Prefix: oss.Ptr("l/")})).ObjectVersions), 4)
		}},
		{"the uploader, downloader and copier", func() {
			must(client.NewUploader(func(o *oss.UploaderOptions) {
				o.PartSize = 300 << 10
				o.CheckpointDir = os.TempDir()
				o.EnableCheckpoint = true
			}).UploadFile(ctx, &oss.PutObjectRequest{Bucket: bucket, Key: oss.Ptr("long")}, path))
			must(client.NewDownloader(func(o *oss.DownloaderOptions) {
				o.PartSize = 300 << 10
				o.CheckpointDir = os.TempDir()
				o.EnableCheckpoint = true
			}).DownloadFile(ctx, &oss.GetObjectRequest{Bucket: bucket, Key: oss.Ptr("long")}, back))
			sameBytes("content", read(back), long)
			must(client.NewCopier(func(o *oss.CopierOptions) {
				o.PartSize = 1 << 20
				o.MultipartCopyThreshold = 1 << 20
				o.DisableShallowCopy = true
			}).Copy(ctx, &oss.CopyObjectRequest{Bucket: bucket, Key: oss.Ptr("long2"), SourceKey: oss.Ptr("long")}))
			sameBytes("content", get("long2"), long)
		}},
		{"an upload in parts by hand", func() {
			key := oss.Ptr("parts")
			begun := must(client.InitiateMultipartUpload(ctx, &oss.InitiateMultipartUploadRequest{Bucket: bucket, Key: key}))
			must(client.UploadPart(ctx, &oss.UploadPartRequest{Bucket: bucket, Key: key, UploadId: begun.UploadId, PartNumber: 1, Body: bytes.NewReader(long[:200<<10])}))
			must(client.UploadPartCopy(ctx, &oss.UploadPartCopyRequest{Bucket: bucket, Key: key, UploadId: begun.UploadId, PartNumber: 2, SourceKey: a}))
			same("parts", len(must(client.ListParts(ctx, &oss.ListPartsRequest{Bucket: bucket, Key: key, UploadId: begun.UploadId})).Parts), 2)
			same("uploads", len(must(client.ListMultipartUploads(ctx, &oss.ListMultipartUploadsRequest{Bucket: bucket})).Uploads), 1)
			must(client.CompleteMultipartUpload(ctx, &oss.CompleteMultipartUploadRequest{Bucket: bucket, Key: key, UploadId: begun.UploadId, CompleteAll: oss.Ptr("yes")}))
			sameBytes("content", get("parts"), append(append([]byte{}, long[:200<<10]...), "hello"...))
			_, err := client.AbortMultipartUpload(ctx, &oss.AbortMultipartUploadRequest{Bucket: bucket, Key: key, UploadId: begun.UploadId})
			same("code", oss2Code(err), "NoSuchUpload")
		}},
		{"presigned addresses", func() {
			key := oss.Ptr("signed/a b+中")
			asked := must(client.Presign(ctx, &oss.PutObjectRequest{Bucket: bucket, Key: key, ContentType: oss.Ptr("text/x")}, oss.PresignExpires(time.Minute)))
			status, body := send(way, asked.Method, asked.URL, asked.SignedHeaders, []byte("signed"))
			same(string(body), status, 200)
			asked = must(client.Presign(ctx, &oss.GetObjectRequest{Bucket: bucket, Key: key}, oss.PresignExpires(time.Minute)))
			same("content", string(fetched(way, asked.URL)), "signed")
			asked = must(client.Presign(ctx, &oss.HeadObjectRequest{Bucket: bucket, Key: key}, oss.PresignExpires(time.Minute)))
			status, _ = send(way, asked.Method, asked.URL, nil, nil)
			same("status", status, 200)
		}},
		{"ACL and tags", func() {
			same("acl", *must(client.GetObjectAcl(ctx, &oss.GetObjectAclRequest{Bucket: bucket, Key: a})).ACL, "default")
			must(client.PutObjectAcl(ctx, &oss.PutObjectAclRequest{Bucket: bucket, Key: a, Acl: oss.ObjectACLPublicRead}))
			must(client.PutBucketAcl(ctx, &oss.PutBucketAclRequest{Bucket: bucket, Acl: oss.BucketACLPublicRead}))
			same("acl", *must(client.GetBucketAcl(ctx, &oss.GetBucketAclRequest{Bucket: bucket})).ACL, "public-read")
			must(client.PutBucketAcl(ctx, &oss.PutBucketAclRequest{Bucket: bucket, Acl: oss.BucketACLPrivate}))
			must(client.PutObjectTagging(ctx, &oss.PutObjectTaggingRequest{Bucket: bucket, Key: a, Tagging: &oss.Tagging{TagSet: &oss.TagSet{Tags: []oss.Tag{{Key: oss.Ptr("a b"), Value: oss.Ptr("c+d")}}}}}))
			same("tags", *must(client.GetObjectTagging(ctx, &oss.GetObjectTaggingRequest{Bucket: bucket, Key: a})).Tags[0].Value, "c+d")
		}},
		{"CORS and lifecycle", func() {
			_, err := client.GetBucketCors(ctx, &oss.GetBucketCorsRequest{Bucket: bucket})
			same("code", oss2Code(err), "NoSuchCORSConfiguration")
			must(client.PutBucketCors(ctx, &oss.PutBucketCorsRequest{Bucket: bucket, CORSConfiguration: &oss.CORSConfiguration{CORSRules: []oss.CORSRule{{AllowedOrigins: []string{"*"}, AllowedMethods: []string{"GET"}}}}}))
			same("methods", must(client.GetBucketCors(ctx, &oss.GetBucketCorsRequest{Bucket: bucket})).CORSConfiguration.CORSRules[0].AllowedMethods, []string{"GET"})
			_, err = client.GetBucketLifecycle(ctx, &oss.GetBucketLifecycleRequest{Bucket: bucket})
			same("code", oss2Code(err), "NoSuchLifecycle")
			rule := oss.LifecycleRule{ID: oss.Ptr("r"), Prefix: oss.Ptr("old/"), Status: oss.Ptr("Enabled"), Expiration: &oss.LifecycleRuleExpiration{Days: oss.Ptr(int32(9))}}
			must(client.PutBucketLifecycle(ctx, &oss.PutBucketLifecycleRequest{Bucket: bucket, LifecycleConfiguration: &oss.LifecycleConfiguration{Rules: []oss.LifecycleRule{rule}}}))
			same("days", *must(client.GetBucketLifecycle(ctx, &oss.GetBucketLifecycleRequest{Bucket: bucket})).LifecycleConfiguration.Rules[0].Expiration.Days, int32(9))
		}},
		{"configurations that were never set", func() {
			asks := map[string]func() error{
				"NoSuchWebsiteConfiguration": func() error {
					_, err := client.GetBucketWebsite(ctx, &oss.GetBucketWebsiteRequest{Bucket: bucket})
					return err
				},
				"NoSuchBucketPolicy": func() error {
					_, err := client.GetBucketPolicy(ctx, &oss.GetBucketPolicyRequest{Bucket: bucket})
					return err
				},
				"NoSuchServerSideEncryptionRule": func() error {
					_, err := client.GetBucketEncryption(ctx, &oss.GetBucketEncryptionRequest{Bucket: bucket})
					return err
				},
				"NoSuchWORMConfiguration": func() error {
					_, err := client.GetBucketWorm(ctx, &oss.GetBucketWormRequest{Bucket: bucket})
					return err
				},
			}
			for code, ask := range asks {
				same(code, oss2Code(ask()), code)
			}
			same("versioning", must(client.GetBucketVersioning(ctx, &oss.GetBucketVersioningRequest{Bucket: bucket})).VersionStatus == nil, true)
			same("payer", *must(client.GetBucketRequestPayment(ctx, &oss.GetBucketRequestPaymentRequest{Bucket: bucket})).Payer, "BucketOwner")
			must(client.GetBucketLogging(ctx, &oss.GetBucketLoggingRequest{Bucket: bucket}))
			must(client.GetBucketReferer(ctx, &oss.GetBucketRefererRequest{Bucket: bucket}))
			must(client.GetBucketStat(ctx, &oss.GetBucketStatRequest{Bucket: bucket}))
			must(client.GetBucketAccessMonitor(ctx, &oss.GetBucketAccessMonitorRequest{Bucket: bucket}))
		}},
		{"refusals", func() {
			_, err := client.GetObject(ctx, &oss.GetObjectRequest{Bucket: bucket, Key: oss.Ptr("none")})
			same("code", oss2Code(err), "NoSuchKey")
			same("there", must(client.IsObjectExist(ctx, name, "none")), false)
			_, err = client.HeadObject(ctx, &oss.HeadObjectRequest{Bucket: bucket, Key: oss.Ptr("none")})
			same("code", oss2Code(err), "NoSuchKey")
			_, err = oss2Client(p, v4, "wrong").GetObject(ctx, &oss.GetObjectRequest{Bucket: bucket, Key: a})
			same("code", oss2Code(err), "SignatureDoesNotMatch")
			_, err = client.ListObjectsV2(ctx, &oss.ListObjectsV2Request{Bucket: oss.Ptr("go-none")})
			same("code", oss2Code(err), "NoSuchBucket")
			_, err = client.DeleteBucket(ctx, &oss.DeleteBucketRequest{Bucket: bucket})
			same("code", oss2Code(err), "BucketNotEmpty")
		}},
		{"remove the bucket", func() {
			for _, one := range must(client.ListObjectsV2(ctx, &oss.ListObjectsV2Request{Bucket: bucket, MaxKeys: 1000})).Contents {
				must(client.DeleteObject(ctx, &oss.DeleteObjectRequest{Bucket: bucket, Key: one.Key}))
			}
			must(client.DeleteBucket(ctx, &oss.DeleteBucketRequest{Bucket: bucket}))
		}},
	}
}
