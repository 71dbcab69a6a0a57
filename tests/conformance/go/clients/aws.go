package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

func awsClient(p place, secret string) *s3.Client {
	return s3.New(s3.Options{
		Region: "us-east-1",
		// What config.LoadDefaultConfig sets; the zero value sends no checksum.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
		BaseEndpoint:               aws.String(p.address),
		UsePathStyle:               true,
		Credentials:                credentials.NewStaticCredentialsProvider(p.keyID, secret, ""),
	})
}

func awsCode(err error) string { return typed[smithy.APIError](err).ErrorCode() }

func awsSteps(p place) []step {
	ctx, way := context.Background(), http.DefaultClient
	client, bucket := awsClient(p, p.secret), aws.String("go-aws")
	put := func(key string, content []byte) *s3.PutObjectOutput {
		return must(client.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: &key, Body: bytes.NewReader(content)}))
	}
	get := func(key string) []byte {
		return all(must(client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: &key})).Body)
	}
	long := noise(23<<20+17, 1)
	presigner := s3.NewPresignClient(client)
	return []step{
		{"head of a bucket that is not there", func() {
			_, err := client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: bucket})
			typed[*types.NotFound](err)
		}},
		{"create a bucket, and again", func() {
			must(client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: bucket}))
			must(client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: bucket}))
			check(s3.NewBucketExistsWaiter(client).Wait(ctx, &s3.HeadBucketInput{Bucket: bucket}, 5*time.Second))
			names := map[string]bool{}
			for _, one := range must(client.ListBuckets(ctx, &s3.ListBucketsInput{})).Buckets {
				names[*one.Name] = !one.CreationDate.IsZero()
			}
			same("listed", names[*bucket], true)
		}},
		{"put, head, get, range, conditions", func() {
			content := []byte("hello, 世界")
			done := must(client.PutObject(ctx, &s3.PutObjectInput{
				Bucket: bucket, Key: aws.String("a"), Body: bytes.NewReader(content), ContentType: aws.String("text/plain"),
				Metadata: map[string]string{"color": "blue"}, CacheControl: aws.String("no-cache"),
			}))
			same("etag", bare(*done.ETag), etagOf(content))
			same("checksum told", done.ChecksumCRC32 != nil, true)
			head := must(client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: bucket, Key: aws.String("a"), ChecksumMode: types.ChecksumModeEnabled}))
			same("length", *head.ContentLength, int64(len(content)))
			same("type", *head.ContentType, "text/plain")
			same("metadata", head.Metadata, map[string]string{"color": "blue"})
			same("cache", *head.CacheControl, "no-cache")
			same("checksum", head.ChecksumCRC32, done.ChecksumCRC32)
			sameBytes("content", get("a"), content)
			part := must(client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("a"), Range: aws.String("bytes=1-4")}))
			same("range", *part.ContentRange, fmt.Sprintf("bytes 1-4/%d", len(content)))
			sameBytes("part", all(part.Body), content[1:5])
			_, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("a"), IfMatch: aws.String("\"no\"")})
			same("code", awsCode(err), "PreconditionFailed")
			_, err = client.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("a"), Body: bytes.NewReader(content), IfNoneMatch: aws.String("*")})
			same("code", awsCode(err), "PreconditionFailed")
		}},
		{"attributes", func() {
			told := must(client.GetObjectAttributes(ctx, &s3.GetObjectAttributesInput{
				Bucket: bucket, Key: aws.String("a"),
				ObjectAttributes: []types.ObjectAttributes{types.ObjectAttributesEtag, types.ObjectAttributesObjectSize, types.ObjectAttributesChecksum, types.ObjectAttributesStorageClass},
			}))
			same("size", *told.ObjectSize, int64(13))
			same("etag", *told.ETag, etagOf([]byte("hello, 世界")))
			same("checksum", told.Checksum != nil && told.Checksum.ChecksumCRC32 != nil, true)
		}},
		{"odd keys", func() {
			for _, key := range append(append([]string{}, oddKeys...), controlKeys...) {
				put("odd/"+key, []byte(key))
				sameBytes(key, get("odd/"+key), []byte(key))
				must(client.CopyObject(ctx, &s3.CopyObjectInput{Bucket: bucket, Key: aws.String("copy/" + key), CopySource: aws.String(escaped(*bucket + "/odd/" + key))}))
				sameBytes(key, get("copy/"+key), []byte(key))
			}
		}},
		{"list and delete many, with odd keys", func() {
			// Documents of Go hold no control characters, so an application asks for escaped names and decodes them itself.
			found := map[string]bool{}
			pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: bucket, Prefix: aws.String("odd/"), MaxKeys: aws.Int32(3), EncodingType: types.EncodingTypeUrl})
			gone := []types.ObjectIdentifier{}
			for pages.HasMorePages() {
				for _, one := range must(pages.NextPage(ctx)).Contents {
					found[unescaped(*one.Key)] = true
				}
			}
			for _, key := range oddKeys {
				same(key, found["odd/"+key], true)
				gone = append(gone, types.ObjectIdentifier{Key: aws.String("odd/" + key)})
			}
			same("number", len(found), len(oddKeys)+len(controlKeys))
			done := must(client.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: bucket, Delete: &types.Delete{Objects: gone}}))
			same("deleted", len(done.Deleted), len(gone))
			same("errors", len(done.Errors), 0)
		}},
		{"list with a delimiter", func() {
			for _, key := range []string{"l/1", "l/2", "l/in/1", "l/in/2", "l/on/1"} {
				put(key, nil)
			}
			page := must(client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: bucket, Prefix: aws.String("l/"), Delimiter: aws.String("/")}))
			same("keys", []string{*page.Contents[0].Key, *page.Contents[1].Key}, []string{"l/1", "l/2"})
			same("prefixes", []string{*page.CommonPrefixes[0].Prefix, *page.CommonPrefixes[1].Prefix}, []string{"l/in/", "l/on/"})
			same("count", *page.KeyCount, int32(4))
			old := must(client.ListObjects(ctx, &s3.ListObjectsInput{Bucket: bucket, Prefix: aws.String("l/"), Delimiter: aws.String("/"), MaxKeys: aws.Int32(2)}))
			same("truncated", *old.IsTruncated, true)
			same("next", *old.NextMarker, "l/2")
			versions := must(client.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: bucket, Prefix: aws.String("l/")}))
			same("versions", len(versions.Versions), 5)
			same("version", *versions.Versions[0].VersionId, "null")
		}},
		{"the manager: upload in parts, download in ranges", func() {
			done := must(manager.NewUploader(client).Upload(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("long"), Body: bytes.NewReader(long)}))
			same("parts", len(done.CompletedParts), 5)
			into := manager.NewWriteAtBuffer(nil)
			must(manager.NewDownloader(client).Download(ctx, into, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("long")}))
			sameBytes("content", into.Bytes(), long)
			head := must(client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: bucket, Key: aws.String("long"), PartNumber: aws.Int32(2)}))
			same("parts", *head.PartsCount, int32(5))
			same("length of a part", *head.ContentLength, int64(5<<20))
		}},
		{"an upload in parts by hand, its listings, a copied part, an abort", func() {
			key := aws.String("parts")
			begun := must(client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: bucket, Key: key, ChecksumAlgorithm: types.ChecksumAlgorithmSha256}))
			one := must(client.UploadPart(ctx, &s3.UploadPartInput{Bucket: bucket, Key: key, UploadId: begun.UploadId, PartNumber: aws.Int32(1), Body: bytes.NewReader(long[:5<<20]), ChecksumAlgorithm: types.ChecksumAlgorithmSha256}))
			two := must(client.UploadPart(ctx, &s3.UploadPartInput{Bucket: bucket, Key: key, UploadId: begun.UploadId, PartNumber: aws.Int32(2), Body: bytes.NewReader(long[:10]), ChecksumAlgorithm: types.ChecksumAlgorithmSha256}))
			parts := must(client.ListParts(ctx, &s3.ListPartsInput{Bucket: bucket, Key: key, UploadId: begun.UploadId}))
			same("parts", len(parts.Parts), 2)
			same("uploads", len(must(client.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: bucket})).Uploads), 1)
			done := must(client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
				Bucket: bucket, Key: key, UploadId: begun.UploadId,
				MultipartUpload: &types.CompletedMultipartUpload{Parts: []types.CompletedPart{
					{PartNumber: aws.Int32(1), ETag: one.ETag, ChecksumSHA256: one.ChecksumSHA256},
					{PartNumber: aws.Int32(2), ETag: two.ETag, ChecksumSHA256: two.ChecksumSHA256},
				}},
			}))
			same("a checksum of checksums", done.ChecksumSHA256 != nil, true)
			sameBytes("content", get("parts"), append(append([]byte{}, long[:5<<20]...), long[:10]...))
			begun = must(client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: bucket, Key: key}))
			copied := must(client.UploadPartCopy(ctx, &s3.UploadPartCopyInput{Bucket: bucket, Key: key, UploadId: begun.UploadId, PartNumber: aws.Int32(1), CopySource: aws.String("go-aws/long"), CopySourceRange: aws.String("bytes=0-99")}))
			same("etag", bare(*copied.CopyPartResult.ETag), etagOf(long[:100]))
			must(client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: bucket, Key: key, UploadId: begun.UploadId}))
			_, err := client.ListParts(ctx, &s3.ListPartsInput{Bucket: bucket, Key: key, UploadId: begun.UploadId})
			same("code", awsCode(err), "NoSuchUpload")
		}},
		{"presigned put, get, head, delete", func() {
			key := aws.String("signed/a b+中.txt")
			asked := must(presigner.PresignPutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: key, ContentType: aws.String("text/x")}))
			status, body := send(way, asked.Method, asked.URL, map[string]string{"Content-Type": "text/x"}, []byte("signed"))
			same(string(body), status, 200)
			asked = must(presigner.PresignGetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: key, ResponseContentDisposition: aws.String("attachment; filename=\"a b\"")}))
			same("content", string(fetched(way, asked.URL)), "signed")
			asked = must(presigner.PresignHeadObject(ctx, &s3.HeadObjectInput{Bucket: bucket, Key: key}))
			status, _ = send(way, asked.Method, asked.URL, nil, nil)
			same("status", status, 200)
			asked = must(presigner.PresignDeleteObject(ctx, &s3.DeleteObjectInput{Bucket: bucket, Key: key}))
			status, _ = send(way, asked.Method, asked.URL, nil, nil)
			same("status", status, 204)
		}},
		{"a presigned form", func() {
			form := must(presigner.PresignPostObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("form")}))
			kind, body := formOf(form.Values, []byte("posted"))
			status, said := send(way, "POST", form.URL, map[string]string{"Content-Type": kind}, body)
			same(string(said), status, 204)
			same("content", string(get("form")), "posted")
		}},
		{"tags of an object and of a bucket", func() {
			tags := &types.Tagging{TagSet: []types.Tag{{Key: aws.String("a b"), Value: aws.String("c+d")}}}
			must(client.PutObjectTagging(ctx, &s3.PutObjectTaggingInput{Bucket: bucket, Key: aws.String("a"), Tagging: tags}))
			same("tags", *must(client.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{Bucket: bucket, Key: aws.String("a")})).TagSet[0].Value, "c+d")
			must(client.DeleteObjectTagging(ctx, &s3.DeleteObjectTaggingInput{Bucket: bucket, Key: aws.String("a")}))
			same("none", len(must(client.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{Bucket: bucket, Key: aws.String("a")})).TagSet), 0)
			_, err := client.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: bucket})
			same("code", awsCode(err), "NoSuchTagSet")
			must(client.PutBucketTagging(ctx, &s3.PutBucketTaggingInput{Bucket: bucket, Tagging: tags}))
			same("tags", *must(client.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: bucket})).TagSet[0].Key, "a b")
		}},
		{"ACL of a bucket and of an object", func() {
			same("grants", len(must(client.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: bucket})).Grants), 1)
			must(client.PutObjectAcl(ctx, &s3.PutObjectAclInput{Bucket: bucket, Key: aws.String("a"), ACL: types.ObjectCannedACLPublicRead}))
			told := must(client.GetObjectAcl(ctx, &s3.GetObjectAclInput{Bucket: bucket, Key: aws.String("a")}))
			same("grants", len(told.Grants), 2)
			same("owner", *told.Owner.ID != "", true)
			must(client.PutObjectAcl(ctx, &s3.PutObjectAclInput{Bucket: bucket, Key: aws.String("a"), AccessControlPolicy: &types.AccessControlPolicy{Owner: told.Owner, Grants: told.Grants}}))
		}},
		{"CORS and lifecycle", func() {
			_, err := client.GetBucketCors(ctx, &s3.GetBucketCorsInput{Bucket: bucket})
			same("code", awsCode(err), "NoSuchCORSConfiguration")
			must(client.PutBucketCors(ctx, &s3.PutBucketCorsInput{Bucket: bucket, CORSConfiguration: &types.CORSConfiguration{CORSRules: []types.CORSRule{{AllowedMethods: []string{"GET"}, AllowedOrigins: []string{"*"}}}}}))
			same("methods", must(client.GetBucketCors(ctx, &s3.GetBucketCorsInput{Bucket: bucket})).CORSRules[0].AllowedMethods, []string{"GET"})
			must(client.DeleteBucketCors(ctx, &s3.DeleteBucketCorsInput{Bucket: bucket}))
			_, err = client.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: bucket})
			same("code", awsCode(err), "NoSuchLifecycleConfiguration")
			rule := types.LifecycleRule{ID: aws.String("r"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("old/")}, Expiration: &types.LifecycleExpiration{Days: aws.Int32(9)}}
			must(client.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{Bucket: bucket, LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{rule}}}))
			got := must(client.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: bucket})).Rules[0]
			same("days", *got.Expiration.Days, int32(9))
			same("filter", *got.Filter.Prefix, "old/")
			must(client.DeleteBucketLifecycle(ctx, &s3.DeleteBucketLifecycleInput{Bucket: bucket}))
		}},
		{"configurations that were never set", func() {
			codes := map[string]func() error{
				"NoSuchBucketPolicy": func() error {
					_, err := client.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: bucket})
					return err
				},
				"NoSuchWebsiteConfiguration": func() error {
					_, err := client.GetBucketWebsite(ctx, &s3.GetBucketWebsiteInput{Bucket: bucket})
					return err
				},
				"ReplicationConfigurationNotFoundError": func() error {
					_, err := client.GetBucketReplication(ctx, &s3.GetBucketReplicationInput{Bucket: bucket})
					return err
				},
				"ObjectLockConfigurationNotFoundError": func() error {
					_, err := client.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: bucket})
					return err
				},
			}
			for code, ask := range codes {
				same(code, awsCode(ask()), code)
			}
			same("versioning", must(client.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: bucket})).Status, types.BucketVersioningStatus(""))
			must(client.GetBucketLogging(ctx, &s3.GetBucketLoggingInput{Bucket: bucket}))
			must(client.GetBucketNotificationConfiguration(ctx, &s3.GetBucketNotificationConfigurationInput{Bucket: bucket}))
			same("payer", must(client.GetBucketRequestPayment(ctx, &s3.GetBucketRequestPaymentInput{Bucket: bucket})).Payer, types.PayerBucketOwner)
			must(client.GetBucketAccelerateConfiguration(ctx, &s3.GetBucketAccelerateConfigurationInput{Bucket: bucket}))
			must(client.GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: bucket}))
			_, err := client.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: bucket})
			same("encryption", err == nil || awsCode(err) == "ServerSideEncryptionConfigurationNotFoundError", true)
		}},
		{"refusals by their types", func() {
			_, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("none")})
			typed[*types.NoSuchKey](err)
			_, err = client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: bucket, Key: aws.String("none")})
			typed[*types.NotFound](err)
			_, err = client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String("go-none")})
			typed[*types.NoSuchBucket](err)
			_, err = awsClient(p, "wrong").GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("a")})
			same("code", awsCode(err), "SignatureDoesNotMatch")
			_, err = client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: bucket})
			same("code", awsCode(err), "BucketNotEmpty")
			_, err = client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("a"), Range: aws.String("bytes=99-")})
			same("code", awsCode(err), "InvalidRange")
			nobody := s3.New(s3.Options{Region: "us-east-1", BaseEndpoint: aws.String(p.address), UsePathStyle: true})
			_, err = nobody.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("long")})
			same("code", awsCode(err), "AccessDenied")
		}},
		{"remove the bucket", func() {
			pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: bucket, EncodingType: types.EncodingTypeUrl})
			for pages.HasMorePages() {
				for _, one := range must(pages.NextPage(ctx)).Contents {
					must(client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: bucket, Key: aws.String(unescaped(*one.Key))}))
				}
			}
			must(client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: bucket}))
			_, err := client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: bucket})
			same("code", awsCode(err), "NoSuchBucket")
		}},
	}
}
