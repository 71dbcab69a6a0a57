package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/cors"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/lifecycle"
	"github.com/minio/minio-go/v7/pkg/tags"
)

func minioClient(p place, secret string, trailing bool) *minio.Client {
	return must(minio.New(p.host, &minio.Options{Creds: credentials.NewStaticV4(p.keyID, secret, ""), TrailingHeaders: trailing}))
}

func minioCode(err error) string { return typed[minio.ErrorResponse](err).Code }

func minioSteps(p place) []step {
	ctx, way := context.Background(), http.DefaultClient
	client, bucket := minioClient(p, p.secret, false), "go-minio"
	put := func(key string, content []byte) minio.UploadInfo {
		return must(client.PutObject(ctx, bucket, key, bytes.NewReader(content), int64(len(content)), minio.PutObjectOptions{}))
	}
	get := func(key string) []byte {
		return all(must(client.GetObject(ctx, bucket, key, minio.GetObjectOptions{})))
	}
	listed := func(options minio.ListObjectsOptions) []string {
		found := []string{}
		for one := range client.ListObjects(ctx, bucket, options) {
			check(one.Err)
			found = append(found, one.Key)
		}
		return found
	}
	long := noise(40<<20+5, 2)
	return []step{
		{"create a bucket", func() {
			same("there", must(client.BucketExists(ctx, bucket)), false)
			check(client.MakeBucket(ctx, bucket, minio.MakeBucketOptions{Region: "us-east-1"}))
			same("there", must(client.BucketExists(ctx, bucket)), true)
			same("location", must(client.GetBucketLocation(ctx, bucket)) != "", true)
			found := false
			for _, one := range must(client.ListBuckets(ctx)) {
				found = found || one.Name == bucket
			}
			same("listed", found, true)
		}},
		{"put, stat, get, range", func() {
			content := []byte("hello")
			done := must(client.PutObject(ctx, bucket, "a", bytes.NewReader(content), 5, minio.PutObjectOptions{
				ContentType: "text/plain", UserMetadata: map[string]string{"color": "blue"}, UserTags: map[string]string{"k": "v"},
			}))
			same("etag", done.ETag, etagOf(content))
			told := must(client.StatObject(ctx, bucket, "a", minio.StatObjectOptions{}))
			same("size", told.Size, int64(5))
			same("type", told.ContentType, "text/plain")
			same("metadata", told.UserMetadata["Color"], "blue")
			same("tags", told.UserTagCount, 1)
			sameBytes("content", get("a"), content)
			part := minio.GetObjectOptions{}
			check(part.SetRange(1, 3))
			sameBytes("part", all(must(client.GetObject(ctx, bucket, "a", part))), content[1:4])
			reader := must(client.GetObject(ctx, bucket, "a", minio.GetObjectOptions{}))
			must(reader.Seek(2, 0))
			sameBytes("after a seek", all(reader), content[2:])
		}},
		{"odd keys", func() {
			for _, key := range append(append([]string{}, oddKeys...), controlKeys...) {
				put("odd/"+key, []byte(key))
				sameBytes(key, get("odd/"+key), []byte(key))
				must(client.CopyObject(ctx, minio.CopyDestOptions{Bucket: bucket, Object: "copy/" + key}, minio.CopySrcOptions{Bucket: bucket, Object: "odd/" + key}))
				sameBytes(key, get("copy/"+key), []byte(key))
			}
			same("listed", len(listed(minio.ListObjectsOptions{Prefix: "odd/", Recursive: true, MaxKeys: 3})), len(oddKeys)+len(controlKeys))
			same("listed by version 1", len(listed(minio.ListObjectsOptions{Prefix: "odd/", Recursive: true, UseV1: true, MaxKeys: 3})), len(oddKeys)+len(controlKeys))
			same("listed versions", len(listed(minio.ListObjectsOptions{Prefix: "odd/", Recursive: true, WithVersions: true, MaxKeys: 3})), len(oddKeys)+len(controlKeys))
		}},
		{"list with a delimiter", func() {
			for _, key := range []string{"l/1", "l/2", "l/in/1", "l/on/1"} {
				put(key, []byte("x"))
			}
			same("keys", strings.Join(listed(minio.ListObjectsOptions{Prefix: "l/"}), " "), "l/1 l/2 l/in/ l/on/")
		}},
		{"a long file in parts, and of unknown length, and with trailing checksums", func() {
			path := kept("go-minio.bin", long)
			done := must(client.FPutObject(ctx, bucket, "long", path, minio.PutObjectOptions{PartSize: 8 << 20}))
			same("size", done.Size, int64(len(long)))
			back := filepath.Join(os.TempDir(), "go-minio.back")
			check(client.FGetObject(ctx, bucket, "long", back, minio.GetObjectOptions{}))
			sameBytes("content", read(back), long)
			must(client.PutObject(ctx, bucket, "unknown", bytes.NewReader(long), -1, minio.PutObjectOptions{PartSize: 16 << 20}))
			sameBytes("content", get("unknown"), long)
			trailing := minioClient(p, p.secret, true)
			must(trailing.PutObject(ctx, bucket, "trailing", bytes.NewReader(long), int64(len(long)), minio.PutObjectOptions{Checksum: minio.ChecksumSHA256, PartSize: 16 << 20}))
			sameBytes("content", get("trailing"), long)
		}},
		{"an object composed of others", func() {
			from := minio.CopySrcOptions{Bucket: bucket, Object: "long"}
			must(client.ComposeObject(ctx, minio.CopyDestOptions{Bucket: bucket, Object: "composed"}, from, minio.CopySrcOptions{Bucket: bucket, Object: "a"}))
			sameBytes("content", get("composed"), append(append([]byte{}, long...), "hello"...))
		}},
		{"uploads that nobody completed", func() {
			core := minio.Core{Client: client}
			id := must(core.NewMultipartUpload(ctx, bucket, "begun", minio.PutObjectOptions{}))
			part := must(core.PutObjectPart(ctx, bucket, "begun", id, 1, bytes.NewReader(long[:100]), 100, minio.PutObjectPartOptions{}))
			same("etag", part.ETag, etagOf(long[:100]))
			found := 0
			for one := range client.ListIncompleteUploads(ctx, bucket, "begun", true) {
				check(one.Err)
				same("id", one.UploadID, id)
				found++
			}
			same("found", found, 1)
			check(client.RemoveIncompleteUpload(ctx, bucket, "begun"))
		}},
		{"presigned put, get, head, form", func() {
			url := must(client.PresignedPutObject(ctx, bucket, "signed/a b+中", time.Minute)).String()
			status, body := send(way, "PUT", url, nil, []byte("signed"))
			same(string(body), status, 200)
			same("content", string(fetched(way, must(client.PresignedGetObject(ctx, bucket, "signed/a b+中", time.Minute, nil)).String())), "signed")
			status, _ = send(way, "HEAD", must(client.PresignedHeadObject(ctx, bucket, "signed/a b+中", time.Minute, nil)).String(), nil, nil)
			same("status", status, 200)
			policy := minio.NewPostPolicy()
			check(policy.SetBucket(bucket))
			check(policy.SetKey("form"))
			check(policy.SetExpires(time.Now().Add(time.Minute)))
			check(policy.SetContentLengthRange(1, 100))
			address, fields, err := client.PresignedPostPolicy(ctx, policy)
			check(err)
			kind, form := formOf(fields, []byte("posted"))
			status, body = send(way, "POST", address.String(), map[string]string{"Content-Type": kind}, form)
			same(string(body), status, 204)
			same("content", string(get("form")), "posted")
		}},
		{"tags, CORS, lifecycle, policy, versioning", func() {
			given := must(tags.NewTags(map[string]string{"a b": "c+d"}, true))
			check(client.PutObjectTagging(ctx, bucket, "a", given, minio.PutObjectTaggingOptions{}))
			same("tags", must(client.GetObjectTagging(ctx, bucket, "a", minio.GetObjectTaggingOptions{})).ToMap()["a b"], "c+d")
			_, err := client.GetBucketTagging(ctx, bucket)
			same("code", minioCode(err), "NoSuchTagSet")
			check(client.SetBucketTagging(ctx, bucket, must(tags.NewTags(map[string]string{"k": "v"}, false))))
			same("tags", must(client.GetBucketTagging(ctx, bucket)).ToMap()["k"], "v")
			unset := must(client.GetBucketCors(ctx, bucket))
			same("CORS", unset == nil, true)
			check(client.SetBucketCors(ctx, bucket, cors.NewConfig([]cors.Rule{{AllowedMethod: []string{"GET"}, AllowedOrigin: []string{"*"}}})))
			same("CORS", must(client.GetBucketCors(ctx, bucket)).CORSRules[0].AllowedMethod, []string{"GET"})
			_, err = client.GetBucketLifecycle(ctx, bucket)
			same("code", minioCode(err), "NoSuchLifecycleConfiguration")
			rules := lifecycle.NewConfiguration()
			rules.Rules = []lifecycle.Rule{{ID: "r", Status: "Enabled", RuleFilter: lifecycle.Filter{Prefix: "old/"}, Expiration: lifecycle.Expiration{Days: 9}}}
			check(client.SetBucketLifecycle(ctx, bucket, rules))
			same("days", int(must(client.GetBucketLifecycle(ctx, bucket)).Rules[0].Expiration.Days), 9)
			same("policy", must(client.GetBucketPolicy(ctx, bucket)), "")
			same("versioning", must(client.GetBucketVersioning(ctx, bucket)).Status, "")
		}},
		{"ACL and attributes of an object", func() {
			told := must(client.GetObjectACL(ctx, bucket, "a"))
			same("acl", told.Metadata.Get("X-Amz-Acl"), "private")
			same("size", must(client.GetObjectAttributes(ctx, bucket, "a", minio.ObjectAttributesOptions{})).ObjectSize, 5)
		}},
		{"refusals", func() {
			_, err := client.StatObject(ctx, bucket, "none", minio.StatObjectOptions{})
			same("code", minioCode(err), "NoSuchKey")
			_, err = minioClient(p, "wrong", false).StatObject(ctx, bucket, "a", minio.StatObjectOptions{})
			same("code", minioCode(err), "SignatureDoesNotMatch")
			err = client.RemoveBucket(ctx, bucket)
			same("code", minioCode(err), "BucketNotEmpty")
			_, err = client.PutObject(ctx, "go-none", "a", strings.NewReader("x"), 1, minio.PutObjectOptions{})
			same("code", minioCode(err), "NoSuchBucket")
		}},
		{"remove all and the bucket", func() {
			gone := make(chan minio.ObjectInfo)
			go func() {
				defer close(gone)
				for one := range client.ListObjects(ctx, bucket, minio.ListObjectsOptions{Recursive: true}) {
					gone <- one
				}
			}()
			for one := range client.RemoveObjects(ctx, bucket, gone, minio.RemoveObjectsOptions{}) {
				check(one.Err)
			}
			check(client.RemoveBucket(ctx, bucket))
			same("there", must(client.BucketExists(ctx, bucket)), false)
		}},
	}
}
