package main

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tencentyun/cos-go-sdk-v5"
)

const cosRegion = "ap-guangzhou"

// cosClient goes to the cloud's own names through the server as a proxy; the SDK knows no other style.
func cosClient(p place, bucket, secret string) *cos.Client {
	service := must(url.Parse("http://service.cos.myqcloud.com"))
	base := &cos.BaseURL{BucketURL: must(url.Parse("http://" + bucket + ".cos." + cosRegion + ".myqcloud.com")), ServiceURL: service}
	signing := &cos.AuthorizationTransport{SecretID: p.keyID, SecretKey: secret, Transport: p.way().Transport}
	client := cos.NewClient(base, &http.Client{Transport: signing})
	client.Conf.RetryOpt.AutoSwitchHost = false
	return client
}

func cosCode(_ any, err error) string {
	found := typed[*cos.ErrorResponse](err)
	if found.RequestID == "" {
		panic("no request id in " + err.Error())
	}
	return found.Code
}

func cosSteps(p place) []step {
	ctx, way, name := context.Background(), p.way(), "go-cos-1250000000"
	client := cosClient(p, name, p.secret)
	host := client.BaseURL.BucketURL.Host
	put := func(key string, content []byte) { must(client.Object.Put(ctx, key, bytes.NewReader(content), nil)) }
	get := func(key string) []byte { return all(must(client.Object.Get(ctx, key, nil)).Body) }
	long := noise(5<<20+7, 5)
	path := kept("go-cos.bin", long)
	back := filepath.Join(os.TempDir(), "go-cos.back")
	return []step{
		{"create a bucket", func() {
			same("there", must(client.Bucket.IsExist(ctx)), false)
			must(client.Bucket.Put(ctx, nil))
			same("there", must(client.Bucket.IsExist(ctx)), true)
			listed, _, err := client.Service.Get(ctx)
			check(err)
			found := ""
			for _, one := range listed.Buckets {
				if one.Name == name {
					found = one.Region
				}
			}
			same("region", found, cosRegion)
			location, _, err := client.Bucket.GetLocation(ctx)
			check(err)
			same("location", location.Location, cosRegion)
		}},
		{"put, head, get, range, conditions", func() {
			meta := http.Header{"X-Cos-Meta-Color": {"blue"}}
			done := must(client.Object.Put(ctx, "a", strings.NewReader("hello"), &cos.ObjectPutOptions{
				ObjectPutHeaderOptions: &cos.ObjectPutHeaderOptions{ContentType: "text/plain", XCosMetaXXX: &meta},
			}))
			same("etag", bare(done.Header.Get("ETag")), etagOf([]byte("hello")))
			told := must(client.Object.Head(ctx, "a", nil))
			same("length", told.ContentLength, int64(5))
			same("metadata", told.Header.Get("X-Cos-Meta-Color"), "blue")
			same("crc", told.Header.Get("X-Cos-Hash-Crc64ecma") != "", true)
			sameBytes("content", get("a"), []byte("hello"))
			part := must(client.Object.Get(ctx, "a", &cos.ObjectGetOptions{Range: "bytes=1-3"}))
			sameBytes("part", all(part.Body), []byte("ell"))
			_, err := client.Object.Head(ctx, "a", &cos.ObjectHeadOptions{IfModifiedSince: time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)})
			same("status", typed[*cos.ErrorResponse](err).Response.StatusCode, 304)
		}},
		{"append", func() {
			next, _, err := client.Object.Append(ctx, "log", 0, strings.NewReader("one"), nil)
			check(err)
			next, _, err = client.Object.Append(ctx, "log", next, strings.NewReader("two"), nil)
			check(err)
			same("next", next, 6)
			sameBytes("content", get("log"), []byte("onetwo"))
		}},
		{"odd keys", func() {
			names := append(append([]string{}, oddKeys...), controlKeys...)
			gone := []cos.Object{}
			for _, key := range names {
				put("odd/"+key, []byte(key))
				sameBytes(key, get("odd/"+key), []byte(key))
				same(key, must(client.Object.IsExist(ctx, "odd/"+key)), true)
				gone = append(gone, cos.Object{Key: "odd/" + key})
				if strings.Contains(key, "?") {
					continue // the SDK takes what follows for a version
				}
				_, _, err := client.Object.Copy(ctx, "copy/"+key, host+"/odd/"+key, nil)
				check(err)
				sameBytes(key, get("copy/"+key), []byte(key))
				gone = append(gone, cos.Object{Key: "copy/" + key})
			}
			found, marker := map[string]bool{}, ""
			for {
				page, _, err := client.Bucket.Get(ctx, &cos.BucketGetOptions{Prefix: "odd/", MaxKeys: 3, Marker: marker, EncodingType: "url"})
				check(err)
				for _, one := range page.Contents {
					found[must(cos.DecodeURIComponent(one.Key))] = true
				}
				if marker = must(cos.DecodeURIComponent(page.NextMarker)); !page.IsTruncated {
					break
				}
			}
			for _, key := range names {
				same(key, found["odd/"+key], true)
			}
			done, _, err := client.Object.DeleteMulti(ctx, &cos.ObjectDeleteMultiOptions{Objects: gone})
			check(err)
			same("deleted", len(done.DeletedObjects), len(gone))
			same("errors", len(done.Errors), 0)
		}},
		{"list with a delimiter, versions", func() {
			for _, key := range []string{"l/1", "l/2", "l/in/1", "l/on/1"} {
				put(key, nil)
			}
			page, _, err := client.Bucket.Get(ctx, &cos.BucketGetOptions{Prefix: "l/", Delimiter: "/"})
			check(err)
			same("keys", len(page.Contents), 2)
			same("prefixes", page.CommonPrefixes, []string{"l/in/", "l/on/"})
			versions, _, err := client.Bucket.GetObjectVersions(ctx, &cos.BucketGetObjectVersionsOptions{Prefix: "l/"})
			check(err)
			same("versions", len(versions.Version), 4)
		}},
		{"upload, download and copy in parts, resumed", func() {
			_, _, err := client.Object.Upload(ctx, "long", path, &cos.MultiUploadOptions{PartSize: 1, ThreadPoolSize: 3, CheckPoint: true})
			check(err)
			must(client.Object.Download(ctx, "long", back, &cos.MultiDownloadOptions{PartSize: 1, ThreadPoolSize: 3, CheckPoint: true}))
			sameBytes("content", read(back), long)
			begun, _, err := client.Object.InitiateMultipartUpload(ctx, "resumed", nil)
			check(err)
			must(client.Object.UploadPart(ctx, "resumed", begun.UploadID, 1, bytes.NewReader(long[:1<<20]), nil))
			done, _, err := client.Object.Upload(ctx, "resumed", path, &cos.MultiUploadOptions{PartSize: 1, CheckPoint: true})
			check(err)
			same("key", done.Key, "resumed")
			sameBytes("content", get("resumed"), long)
			_, _, err = client.Object.MultiCopy(ctx, "copied", host+"/long", &cos.MultiCopyOptions{PartSize: 1})
			check(err)
			sameBytes("content", get("copied"), long)
		}},
		{"an upload in parts by hand", func() {
			begun, _, err := client.Object.InitiateMultipartUpload(ctx, "parts", nil)
			check(err)
			one := must(client.Object.UploadPart(ctx, "parts", begun.UploadID, 1, bytes.NewReader(long[:1<<20]), nil))
			two, _, err := client.Object.CopyPart(ctx, "parts", begun.UploadID, 2, host+"/a", nil)
			check(err)
			parts, _, err := client.Object.ListParts(ctx, "parts", begun.UploadID, nil)
			check(err)
			same("parts", len(parts.Parts), 2)
			uploads, _, err := client.Bucket.ListMultipartUploads(ctx, &cos.ListMultipartUploadsOptions{Prefix: "parts"})
			check(err)
			same("uploads", len(uploads.Uploads), 1)
			_, _, err = client.Object.CompleteMultipartUpload(ctx, "parts", begun.UploadID, &cos.CompleteMultipartUploadOptions{
				Parts: []cos.Object{{PartNumber: 1, ETag: one.Header.Get("ETag")}, {PartNumber: 2, ETag: two.ETag}},
			})
			check(err)
			sameBytes("content", get("parts"), append(append([]byte{}, long[:1<<20]...), "hello"...))
			same("code", cosCode(client.Object.AbortMultipartUpload(ctx, "parts", begun.UploadID)), "NoSuchUpload")
		}},
		{"presigned addresses", func() {
			url := must(client.Object.GetPresignedURL(ctx, "PUT", "signed/a b+中", p.keyID, p.secret, time.Minute, nil)).String()
			status, body := send(way, "PUT", url, nil, []byte("signed"))
			same(string(body), status, 200)
			url = must(client.Object.GetPresignedURL(ctx, "GET", "signed/a b+中", p.keyID, p.secret, time.Minute, nil)).String()
			same("content", string(fetched(way, url)), "signed")
			url = must(client.Object.GetPresignedURL2(ctx, "GET", "signed/a b+中", time.Minute, &cos.ObjectGetOptions{ResponseContentType: "text/x"})).String()
			same("content", string(fetched(way, url)), "signed")
		}},
		{"ACL and tags", func() {
			header := &cos.ACLHeaderOptions{XCosACL: "public-read"}
			must(client.Object.PutACL(ctx, "a", &cos.ObjectPutACLOptions{Header: header}))
			told, _, err := client.Object.GetACL(ctx, "a")
			check(err)
			same("owner", told.Owner.ID != "", true)
			same("grants", len(told.AccessControlList), 2)
			must(client.Bucket.PutACL(ctx, &cos.BucketPutACLOptions{Header: header}))
			open, _, err := client.Bucket.GetACL(ctx)
			check(err)
			same("grants", len(open.AccessControlList), 2)
			must(client.Bucket.PutACL(ctx, &cos.BucketPutACLOptions{Header: &cos.ACLHeaderOptions{XCosACL: "private"}}))
			must(client.Object.PutTagging(ctx, "a", &cos.ObjectPutTaggingOptions{TagSet: []cos.ObjectTaggingTag{{Key: "a b", Value: "c+d"}}}))
			tags, _, err := client.Object.GetTagging(ctx, "a")
			check(err)
			same("tags", tags.TagSet[0].Value, "c+d")
			must(client.Object.DeleteTagging(ctx, "a"))
			_, _, err = client.Bucket.GetTagging(ctx)
			same("code", cosCode(nil, err), "NoSuchTagSet")
			must(client.Bucket.PutTagging(ctx, &cos.BucketPutTaggingOptions{TagSet: []cos.BucketTaggingTag{{Key: "k", Value: "v"}}}))
			kept, _, err := client.Bucket.GetTagging(ctx)
			check(err)
			same("tags", kept.TagSet[0].Key, "k")
		}},
		{"CORS and lifecycle", func() {
			_, _, err := client.Bucket.GetCORS(ctx)
			same("code", cosCode(nil, err), "NoSuchCORSConfiguration")
			must(client.Bucket.PutCORS(ctx, &cos.BucketPutCORSOptions{Rules: []cos.BucketCORSRule{{AllowedMethods: []string{"GET"}, AllowedOrigins: []string{"*"}}}}))
			rules, _, err := client.Bucket.GetCORS(ctx)
			check(err)
			same("methods", rules.Rules[0].AllowedMethods, []string{"GET"})
			_, _, err = client.Bucket.GetLifecycle(ctx)
			same("code", cosCode(nil, err), "NoSuchLifecycleConfiguration")
			rule := cos.BucketLifecycleRule{ID: "r", Status: "Enabled", Filter: &cos.BucketLifecycleFilter{Prefix: "old/"}, Expiration: &cos.BucketLifecycleExpiration{Days: 9}}
			must(client.Bucket.PutLifecycle(ctx, &cos.BucketPutLifecycleOptions{Rules: []cos.BucketLifecycleRule{rule}}))
			got, _, err := client.Bucket.GetLifecycle(ctx)
			check(err)
			same("days", got.Rules[0].Expiration.Days, 9)
			must(client.Bucket.DeleteLifecycle(ctx))
		}},
		{"configurations that were never set", func() {
			asks := map[string]func() error{
				"NoSuchWebsiteConfiguration":            func() error { _, _, err := client.Bucket.GetWebsite(ctx); return err },
				"NoSuchBucketPolicy":                    func() error { _, _, err := client.Bucket.GetPolicy(ctx); return err },
				"NoSuchEncryptionConfiguration":         func() error { _, _, err := client.Bucket.GetEncryption(ctx); return err },
				"ReplicationConfigurationnotFoundError": func() error { _, _, err := client.Bucket.GetBucketReplication(ctx); return err },
			}
			for code, ask := range asks {
				same(code, cosCode(nil, ask()), code)
			}
			versioning, _, err := client.Bucket.GetVersioning(ctx)
			check(err)
			same("versioning", versioning.Status, "")
			_, _, err = client.Bucket.GetLogging(ctx)
			check(err)
			_, _, err = client.Bucket.GetReferer(ctx)
			check(err)
			_, _, err = client.Bucket.GetAccelerate(ctx)
			check(err)
			_, _, err = client.Bucket.GetIntelligentTiering(ctx)
			check(err)
		}},
		{"refusals", func() {
			_, err := client.Object.Get(ctx, "none", nil)
			same("code", cosCode(nil, err), "NoSuchKey")
			same("not found", cos.IsNotFoundError(err), true)
			same("there", must(client.Object.IsExist(ctx, "none")), false)
			_, err = cosClient(p, name, "wrong").Object.Get(ctx, "a", nil)
			same("code", cosCode(nil, err), "SignatureDoesNotMatch")
			_, err = cosClient(p, "go-none-1250000000", p.secret).Object.Get(ctx, "a", nil)
			same("code", cosCode(nil, err), "NoSuchBucket")
			same("code", cosCode(client.Bucket.Delete(ctx)), "BucketNotEmpty")
			status, _ := send(way, "GET", client.Object.GetObjectURL("long").String(), nil, nil)
			same("status", status, 403)
		}},
		{"remove the bucket", func() {
			page, _, err := client.Bucket.Get(ctx, &cos.BucketGetOptions{MaxKeys: 1000, EncodingType: "url"})
			check(err)
			for _, one := range page.Contents {
				must(client.Object.Delete(ctx, must(cos.DecodeURIComponent(one.Key))))
			}
			must(client.Bucket.Delete(ctx))
			same("there", must(client.Bucket.IsExist(ctx)), false)
		}},
	}
}
