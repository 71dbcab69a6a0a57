package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/aliyun/aliyun-oss-go-sdk/oss"
)

func oss1Client(p place, v4 bool, secret string) *oss.Client {
	options := []oss.ClientOption{oss.Region("cn-hangzhou"), oss.EnableCRC(true)}
	if v4 {
		options = append(options, oss.AuthVersion(oss.AuthV4))
	}
	return must(oss.New(p.address, p.keyID, secret, options...))
}

func oss1Code(err error) string {
	found := typed[oss.ServiceError](err)
	if found.RequestID == "" {
		panic(fmt.Sprintf("no request id in %v", err))
	}
	return found.Code
}

func oss1Steps(p place, v4 bool) []step {
	way, name := http.DefaultClient, map[bool]string{false: "go-oss1-v1", true: "go-oss1-v4"}[v4]
	client := oss1Client(p, v4, p.secret)
	bucket := must(client.Bucket(name))
	get := func(key string) []byte { return all(must(bucket.GetObject(key))) }
	long := noise(3<<20+7, 3)
	path := kept(name+".bin", long)
	back := filepath.Join(os.TempDir(), name+".back")
	return []step{
		{"create a bucket", func() {
			same("there", must(client.IsBucketExist(name)), false)
			check(client.CreateBucket(name))
			same("there", must(client.IsBucketExist(name)), true)
			told := must(client.GetBucketInfo(name)).BucketInfo
			same("name", told.Name, name)
			same("acl", told.ACL, "private")
			same("redundancy", told.RedundancyType, "LRS")
			same("location", must(client.GetBucketLocation(name)), told.Location)
			found := must(client.ListBuckets(oss.Prefix(name)))
			same("listed", found.Buckets[0].Name, name)
		}},
		{"put, head, get, range, conditions", func() {
			check(bucket.PutObject("a", strings.NewReader("hello"), oss.ContentType("text/plain"), oss.Meta("color", "blue"), oss.CacheControl("no-cache")))
			told := must(bucket.GetObjectDetailedMeta("a"))
			same("etag", bare(told.Get("ETag")), etagOf([]byte("hello")))
			same("metadata", told.Get("X-Oss-Meta-Color"), "blue")
			same("type", told.Get("X-Oss-Object-Type"), "Normal")
			same("length", must(bucket.GetObjectMeta("a")).Get("Content-Length"), "5")
			sameBytes("content", get("a"), []byte("hello"))
			sameBytes("part", all(must(bucket.GetObject("a", oss.Range(1, 3)))), []byte("ell"))
			sameBytes("whole", all(must(bucket.GetObject("a", oss.Range(1, 99)))), []byte("hello"))
			_, err := bucket.GetObject("a", oss.IfMatch("no"))
			same("code", oss1Code(err), "PreconditionFailed")
			check(bucket.SetObjectMeta("a", oss.Meta("color", "red")))
			same("metadata", must(bucket.GetObjectDetailedMeta("a")).Get("X-Oss-Meta-Color"), "red")
			err = bucket.PutObject("a", strings.NewReader("x"), oss.ForbidOverWrite(true))
			same("code", oss1Code(err), "FileAlreadyExists")
		}},
		{"append", func() {
			next := must(bucket.AppendObject("log", strings.NewReader("one"), 0))
			next = must(bucket.AppendObject("log", strings.NewReader("two"), next))
			same("next", next, int64(6))
			sameBytes("content", get("log"), []byte("onetwo"))
			_, err := bucket.AppendObject("log", strings.NewReader("x"), 0)
			same("code", oss1Code(err), "PositionNotEqualToLength")
		}},
		{"odd keys", func() {
			names := append(append([]string{}, oddKeys...), controlKeys...)
			for _, key := range names {
				check(bucket.PutObject("odd/"+key, strings.NewReader(key)))
				sameBytes(key, get("odd/"+key), []byte(key))
				same(key, must(bucket.IsObjectExist("odd/"+key)), true)
				must(bucket.CopyObject("odd/"+key, "copy/"+key))
				sameBytes(key, get("copy/"+key), []byte(key))
			}
			found := map[string]bool{}
			marker := ""
			for {
				page := must(bucket.ListObjects(oss.Prefix("odd/"), oss.MaxKeys(3), oss.Marker(marker)))
				for _, one := range page.Objects {
					found[one.Key] = true
				}
				if marker = page.NextMarker; !page.IsTruncated {
					break
				}
			}
			token := ""
			for {
				page := must(bucket.ListObjectsV2(oss.Prefix("copy/"), oss.MaxKeys(3), oss.ContinuationToken(token)))
				for _, one := range page.Objects {
					found[one.Key] = true
				}
				if token = page.NextContinuationToken; !page.IsTruncated {
					break
				}
			}
			gone := []string{}
			for _, key := range names {
				same(key, found["odd/"+key] && found["copy/"+key], true)
				gone = append(gone, "odd/"+key, "copy/"+key)
			}
			done := must(bucket.DeleteObjects(gone))
			same("deleted", len(done.DeletedObjects), len(gone))
			same("quiet", len(must(bucket.DeleteObjects(gone, oss.DeleteObjectsQuiet(true))).DeletedObjects), 0)
		}},
		{"list with a delimiter, versions", func() {
			for _, key := range []string{"l/1", "l/2", "l/in/1", "l/on/1"} {
				check(bucket.PutObject(key, strings.NewReader("")))
			}
			page := must(bucket.ListObjects(oss.Prefix("l/"), oss.Delimiter("/")))
			same("keys", len(page.Objects), 2)
			same("prefixes", page.CommonPrefixes, []string{"l/in/", "l/on/"})
			same("versions", len(must(bucket.ListObjectVersions(oss.Prefix("l/"))).ObjectVersions), 4)
		}},
		{"upload, download and copy of a file in parts, with checkpoints", func() {
			check(bucket.UploadFile("long", path, 300<<10, oss.Routines(3), oss.Checkpoint(true, path+".cp")))
			check(bucket.DownloadFile("long", back, 300<<10, oss.Routines(3), oss.Checkpoint(true, back+".cp")))
			sameBytes("content", read(back), long)
			check(bucket.CopyFile(name, "long", "long2", 1<<20))
			sameBytes("content", get("long2"), long)
		}},
		{"an upload in parts by hand", func() {
			begun := must(bucket.InitiateMultipartUpload("parts"))
			one := must(bucket.UploadPart(begun, bytes.NewReader(long[:200<<10]), 200<<10, 1))
			two := must(bucket.UploadPartCopy(begun, name, "a", 0, 5, 2))
			same("parts", len(must(bucket.ListUploadedParts(begun)).UploadedParts), 2)
			same("uploads", len(must(bucket.ListMultipartUploads()).Uploads), 1)
			must(bucket.CompleteMultipartUpload(begun, []oss.UploadPart{two, one}))
			sameBytes("content", get("parts"), append(append([]byte{}, long[:200<<10]...), "hello"...))
			begun = must(bucket.InitiateMultipartUpload("parts"))
			check(bucket.AbortMultipartUpload(begun))
			same("code", oss1Code(bucket.AbortMultipartUpload(begun)), "NoSuchUpload")
		}},
		{"signed addresses", func() {
			url := must(bucket.SignURL("signed/a b+中", oss.HTTPPut, 60, oss.ContentType("text/x")))
			check(bucket.PutObjectWithURL(url, strings.NewReader("signed"), oss.ContentType("text/x")))
			url = must(bucket.SignURL("signed/a b+中", oss.HTTPGet, 60, oss.ResponseContentDisposition("attachment; filename=\"a b\"")))
			same("content", string(fetched(way, url)), "signed")
			same("content", string(all(must(bucket.GetObjectWithURL(url)))), "signed")
		}},
		{"ACL, tags, symlink", func() {
			same("acl", must(bucket.GetObjectACL("a")).ACL, "default")
			check(bucket.SetObjectACL("a", oss.ACLPublicRead))
			same("acl", must(bucket.GetObjectACL("a")).ACL, "public-read")
			check(client.SetBucketACL(name, oss.ACLPublicRead))
			same("acl", must(client.GetBucketACL(name)).ACL, "public-read")
			check(client.SetBucketACL(name, oss.ACLPrivate))
			check(bucket.PutObjectTagging("a", oss.Tagging{Tags: []oss.Tag{{Key: "a b", Value: "c+d"}}}))
			same("tags", must(bucket.GetObjectTagging("a")).Tags[0].Value, "c+d")
			check(bucket.DeleteObjectTagging("a"))
			check(client.SetBucketTagging(name, oss.Tagging{Tags: []oss.Tag{{Key: "k", Value: "v"}}}))
			same("tags", must(client.GetBucketTagging(name)).Tags[0].Key, "k")
			_, err := bucket.GetSymlink("a")
			oss1Code(err)
		}},
		{"CORS and lifecycle, and the referers of every bucket", func() {
			_, err := client.GetBucketCORS(name)
			same("code", oss1Code(err), "NoSuchCORSConfiguration")
			check(client.SetBucketCORS(name, []oss.CORSRule{{AllowedOrigin: []string{"*"}, AllowedMethod: []string{"GET"}, MaxAgeSeconds: 9}}))
			same("age", must(client.GetBucketCORS(name)).CORSRules[0].MaxAgeSeconds, 9)
			check(client.DeleteBucketCORS(name))
			_, err = client.GetBucketLifecycle(name)
			same("code", oss1Code(err), "NoSuchLifecycle")
			check(client.SetBucketLifecycle(name, []oss.LifecycleRule{oss.BuildLifecycleRuleByDays("r", "old/", true, 9)}))
			same("days", must(client.GetBucketLifecycle(name)).Rules[0].Expiration.Days, 9)
			check(client.DeleteBucketLifecycle(name))
			same("referer", must(client.GetBucketReferer(name)).AllowEmptyReferer, true)
		}},
		{"configurations that were never set", func() {
			asks := map[string]func() error{
				"NoSuchWebsiteConfiguration":              func() error { _, err := client.GetBucketWebsite(name); return err },
				"NoSuchBucketPolicy":                      func() error { _, err := client.GetBucketPolicy(name); return err },
				"NoSuchServerSideEncryptionRule":          func() error { _, err := client.GetBucketEncryption(name); return err },
				"NoSuchWORMConfiguration":                 func() error { _, err := client.GetBucketWorm(name); return err },
				"NoSuchTransferAccelerationConfiguration": func() error { _, err := client.GetBucketTransferAcc(name); return err },
				"NoSuchReplicationConfiguration":          func() error { _, err := client.GetBucketReplication(name); return err },
			}
			for code, ask := range asks {
				same(code, oss1Code(ask()), code)
			}
			same("versioning", must(client.GetBucketVersioning(name)).Status, "")
			same("logging", must(client.GetBucketLogging(name)).LoggingEnabled.TargetBucket, "")
			same("payer", must(client.GetBucketRequestPayment(name)).Payer, "BucketOwner")
			must(client.GetBucketStat(name))
		}},
		{"refusals", func() {
			_, err := bucket.GetObject("none")
			same("code", oss1Code(err), "NoSuchKey")
			_, err = bucket.GetObjectDetailedMeta("none")
			same("code", oss1Code(err), "NoSuchKey")
			_, err = must(oss1Client(p, v4, "wrong").Bucket(name)).GetObject("a")
			same("code", oss1Code(err), "SignatureDoesNotMatch")
			_, err = must(client.Bucket("go-none")).ListObjects()
			same("code", oss1Code(err), "NoSuchBucket")
			same("code", oss1Code(client.DeleteBucket(name)), "BucketNotEmpty")
			status, _ := send(way, "GET", p.address+"/"+name+"/long", nil, nil)
			same("status", status, 403)
		}},
		{"remove the bucket", func() {
			for _, one := range must(bucket.ListObjects(oss.MaxKeys(1000))).Objects {
				check(bucket.DeleteObject(one.Key))
			}
			check(client.DeleteBucket(name))
			same("there", must(client.IsBucketExist(name)), false)
		}},
	}
}
