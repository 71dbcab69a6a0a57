package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
	sts "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/sts/v20180813"
	"github.com/volcengine/volcengine-go-sdk/service/vms"
	"github.com/volcengine/volcengine-go-sdk/volcengine"
	vcredentials "github.com/volcengine/volcengine-go-sdk/volcengine/credentials"
	"github.com/volcengine/volcengine-go-sdk/volcengine/session"
	"github.com/volcengine/volcengine-go-sdk/volcengine/volcengineerr"
)

func tencentProfile(p place) *profile.ClientProfile {
	known := profile.NewClientProfile()
	known.HttpProfile.Scheme, known.HttpProfile.Endpoint = "http", p.host
	return known
}

// asked performs an action of API 3.0 by the SDK's client for products that it has no package of its own for.
func asked(p place, secret, product, version, action string, values map[string]any) (map[string]any, error) {
	request := tchttp.NewCommonRequest(product, version, action)
	check(request.SetActionParameters(values))
	reply := tchttp.NewCommonResponse()
	client := common.NewCommonClient(common.NewCredential(p.keyID, secret), "ap-beijing", tencentProfile(p))
	if err := client.Send(request, reply); err != nil {
		return nil, err
	}
	var whole struct{ Response map[string]any }
	check(json.Unmarshal(reply.GetBody(), &whole))
	return whole.Response, nil
}

func tencentCode(err error) string {
	found := typed[*errors.TencentCloudSDKError](err)
	same("a request id", found.GetRequestId() != "", true)
	return found.GetCode()
}

func tencentSteps(p place) []step {
	ctx, policy := context.Background(), `{"version":"2.0","statement":[{"effect":"allow","action":["cos:*"],"resource":["*"]}]}`
	federation := func(secret, policy string) (*sts.GetFederationTokenResponse, error) {
		client := must(sts.NewClient(common.NewCredential(p.keyID, secret), "ap-guangzhou", tencentProfile(p)))
		request := sts.NewGetFederationTokenRequest()
		request.Name, request.Policy = common.StringPtr("go"), &policy
		return client.GetFederationToken(request)
	}
	return []step{
		{"sts: a federation token, spent by another SDK", func() {
			told := must(federation(p.secret, policy)).Response
			made := told.Credentials
			same("expiry", *told.ExpiredTime > 0 && *told.Expiration != "", true)
			client := s3.New(s3.Options{
				Region: "us-east-1", BaseEndpoint: aws.String(p.address), UsePathStyle: true,
				Credentials: awscredentials.NewStaticCredentialsProvider(*made.TmpSecretId, *made.TmpSecretKey, *made.Token),
			})
			must(client.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("demo"), Key: aws.String("go/minted"), Body: strings.NewReader("x")}))
			must(client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String("demo"), Key: aws.String("go/minted")}))
		}},
		{"sts: refusals", func() {
			_, err := federation("wrong", policy)
			same("code", tencentCode(err), "AuthFailure.SignatureFailure")
			_, err = federation(p.secret, "{")
			tencentCode(err)
		}},
		{"ms: a key of an instance", func() {
			told := must(asked(p, p.secret, "ms", "2018-04-08", "CreateCosSecKeyInstance", map[string]any{"CosRegion": "ap-shanghai", "Duration": 1200}))
			for _, name := range []string{"CosId", "CosKey", "CosToken", "CosBucket", "CosRegion", "RequestId"} {
				same(name, told[name] != "" && told[name] != nil, true)
			}
			_, err := asked(p, p.secret, "ms", "2018-04-08", "CreateCosSecKeyInstance", map[string]any{"Duration": 0})
			same("code", tencentCode(err), "InvalidParameterValue")
			_, err = asked(p, "wrong", "ms", "2018-04-08", "CreateCosSecKeyInstance", nil)
			same("code", tencentCode(err), "AuthFailure.SignatureFailure")
		}},
		{"vod: a storage and credentials for it", func() {
			made := must(asked(p, p.secret, "vod", "2024-07-18", "CreateStorage", map[string]any{"SubAppId": 220209, "StorageRegion": "ap-beijing", "StorageName": "go-storage"}))
			same("bucket", made["BucketId"] != "", true)
			rule := `{"statement":[{"action":["name/vod:PutObject"],"effect":"allow","resource":["qcs::vod:ap-beijing:uid/251197738:prefix//220209/` + made["BucketId"].(string) + `/*"]}],"version":"2.0"}`
			told := must(asked(p, p.secret, "vod", "2024-07-18", "CreateStorageCredentials", map[string]any{"SubAppId": 220209, "Policy": escapedAll(rule)}))
			same("credentials", len(told["Credentials"].(map[string]any)), 4)
		}},
	}
}

func vmsSteps(p place) []step {
	service := func(secret string) *vms.VMS {
		config := volcengine.NewConfig().WithRegion("cn-north-1").WithEndpoint(p.host).WithDisableSSL(true).
			WithCredentials(vcredentials.NewStaticCredentials(p.keyID, secret, ""))
		return vms.New(must(session.NewSession(config)))
	}
	name, key := "go 中.wav", ""
	return []step{
		{"an address for a file, which is put there", func() {
			told := must(service(p.secret).GetResourceUploadUrl(&vms.GetResourceUploadUrlInput{FileName: &name}))
			status, body := send(http.DefaultClient, "PUT", *told.UploadUrl, nil, wave(2))
			same(string(body), status, 200)
		}},
		{"commit, query, rename, delete", func() {
			client := service(p.secret)
			made := must(client.CommitResourceUpload(&vms.CommitResourceUploadInput{FileName: &name}))
			key = *made.ResourceKey
			same("suffix", *made.Suffix, ".wav")
			found := must(client.QueryUsableResourceV2(&vms.QueryUsableResourceV2Input{Type: volcengine.Int32(0)}))
			seconds := map[string]int32{}
			for _, one := range found.Records {
				seconds[*one.ResourceKey] = *one.Duration
			}
			same("seconds", seconds[key], int32(2))
			must(client.OpenUpdateResource(&vms.OpenUpdateResourceInput{ResourceKey: &key, Name: volcengine.String("go renamed.wav")}))
			page := must(client.QueryOpenGetResource(&vms.QueryOpenGetResourceInput{Type: volcengine.Int32(0), Keyword: volcengine.String("go renamed"), Limit: volcengine.Int32(5), Offset: volcengine.Int32(0)}))
			same("total", *page.Total, int32(1))
			must(client.OpenDeleteResource(&vms.OpenDeleteResourceInput{ResourceKey: &key}))
		}},
		{"refusals", func() {
			_, err := service(p.secret).OpenDeleteResource(&vms.OpenDeleteResourceInput{ResourceKey: &key})
			same("code", typed[volcengineerr.Error](err).Code(), "RESOURCE_KEY_IS_NOT_EXIST")
			_, err = service("wrong").GetResourceUploadUrl(&vms.GetResourceUploadUrlInput{FileName: &name})
			same("code", typed[volcengineerr.Error](err).Code(), "SignatureDoesNotMatch")
		}},
	}
}

// wave is a WAV file of that many silent seconds, of 8,000 bytes each.
func wave(seconds int) []byte {
	size := 8000 * seconds
	word := func(value int) []byte {
		return []byte{byte(value), byte(value >> 8), byte(value >> 16), byte(value >> 24)}
	}
	return bytes.Join([][]byte{
		[]byte("RIFF"), word(36 + size), []byte("WAVEfmt "), word(16), {1, 0, 1, 0}, word(8000), word(8000), {1, 0, 8, 0},
		[]byte("data"), word(size), bytes.Repeat([]byte{128}, size),
	}, nil)
}
