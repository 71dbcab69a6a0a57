// Command tos-driver holds the unmodified Go TOS SDK v2 and performs one call per line.
//
// Law: {"method", "args"} comes in, MARK + {"value"} or {"error"} goes out; anything else on standard output is
// noise. "open" makes a named client; "call" performs any method of tos.ClientV2 by its name, with its input built
// from JSON by field names (values.go); "policyUrl" wraps the one result that is only methods. No test's
// expectation is written here.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"time"

	"github.com/volcengine/ve-tos-golang-sdk/v2/tos"
)

const mark = "\x1e"

type request struct {
	Method string            `json:"method"`
	Args   []json.RawMessage `json:"args"`
}

type options struct {
	Endpoint     string
	Region       string
	AccessKey    string
	SecretKey    string
	Token        string
	ProxyHost    string
	ProxyPort    int
	CustomDomain bool
	MaxRetry     *int
	Trailer      bool
}

type driver struct {
	clients map[string]*tos.ClientV2
}

func (d *driver) open(name string, raw json.RawMessage) (any, error) {
	var given options
	if err := json.Unmarshal(raw, &given); err != nil {
		return nil, err
	}
	with := []tos.ClientOption{tos.WithRegion(given.Region), tos.WithRequestTimeout(60 * time.Second)}
	if given.AccessKey != "" {
		credentials := tos.NewStaticCredentials(given.AccessKey, given.SecretKey)
		if given.Token != "" {
			credentials.WithSecurityToken(given.Token)
		}
		with = append(with, tos.WithCredentials(credentials))
	}
	if given.ProxyHost != "" {
		proxy, err := tos.NewProxy(given.ProxyHost, given.ProxyPort)
		if err != nil {
			return nil, err
		}
		with = append(with, tos.WithProxy(proxy))
	}
	if given.CustomDomain {
		with = append(with, tos.WithCustomDomain(true))
	}
	if given.MaxRetry != nil {
		with = append(with, tos.WithMaxRetryCount(*given.MaxRetry))
	}
	if given.Trailer {
		with = append(with, tos.WithDisableTrailerHeader(false))
	}
	client, err := tos.NewClientV2(given.Endpoint, with...)
	if err != nil {
		return nil, err
	}
	d.clients[name] = client
	return nil, nil
}

// call performs `method` of the named client; its last parameter is the pointer to its input.
func (d *driver) call(name string, method string, raw json.RawMessage) (any, error) {
	function := reflect.ValueOf(d.clients[name]).MethodByName(method)
	if !function.IsValid() {
		return nil, fmt.Errorf("the SDK has no method %s", method)
	}
	shape := function.Type()
	input := reflect.New(shape.In(shape.NumIn() - 1).Elem())
	if err := decode(input.Elem(), raw); err != nil {
		return nil, err
	}
	given := []reflect.Value{input}
	if shape.NumIn() == 2 {
		given = []reflect.Value{reflect.ValueOf(context.Background()), input}
	}
	results := function.Call(given)
	if err, failed := results[len(results)-1].Interface().(error); failed && err != nil {
		return nil, err
	}
	return encode(results[0])
}

// policyURL is what a policy makes: the URL of a listing, and one for each key.
func (d *driver) policyURL(name string, rawInput, rawQuery, rawKeys json.RawMessage) (any, error) {
	var input tos.PreSingedPolicyURLInput
	if err := decode(reflect.ValueOf(&input).Elem(), rawInput); err != nil {
		return nil, err
	}
	var query map[string]string
	var keys []string
	if err := errors.Join(json.Unmarshal(rawQuery, &query), json.Unmarshal(rawKeys, &keys)); err != nil {
		return nil, err
	}
	made, err := d.clients[name].PreSignedPolicyURL(context.Background(), &input)
	if err != nil {
		return nil, err
	}
	objects := map[string]string{}
	for _, key := range keys {
		objects[key] = made.GetSignedURLForGetOrHead(key, nil)
	}
	return map[string]any{"list": made.GetSignedURLForList(query), "objects": objects}, nil
}

func (d *driver) perform(asked request) (any, error) {
	names := make([]string, 2)
	for index := range names {
		if index < len(asked.Args) {
			_ = json.Unmarshal(asked.Args[index], &names[index])
		}
	}
	switch asked.Method {
	case "open":
		return d.open(names[0], asked.Args[1])
	case "call":
		return d.call(names[0], names[1], asked.Args[2])
	case "policyUrl":
		return d.policyURL(names[0], asked.Args[1], asked.Args[2], asked.Args[3])
	}
	return nil, fmt.Errorf("the driver has no method %s", asked.Method)
}

// failure is an error as JSON, in the words of this SDK.
func failure(err error) map[string]any {
	var server *tos.TosServerError
	if errors.As(err, &server) {
		header := map[string]string{}
		for name := range server.Header {
			header[name] = server.Header.Get(name)
		}
		return map[string]any{
			"kind": "server", "status": server.StatusCode, "code": server.Code, "message": server.Message,
			"ec": server.EC, "request_id": server.RequestID, "resource": server.Resource, "header": header,
		}
	}
	var status *tos.UnexpectedStatusCodeError
	if errors.As(err, &status) {
		return map[string]any{"kind": "status", "status": status.StatusCode, "message": err.Error()}
	}
	var client *tos.TosClientError
	if errors.As(err, &client) {
		return map[string]any{"kind": "client", "message": client.Message, "cause": fmt.Sprint(client.Cause)}
	}
	return map[string]any{"kind": "client", "message": err.Error()}
}

func main() {
	kept := driver{clients: map[string]*tos.ClientV2{}}
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var asked request
		answer := map[string]any{}
		if err := json.Unmarshal(line, &asked); err != nil {
			answer["error"] = failure(err)
		} else if value, err := kept.perform(asked); err != nil {
			answer["error"] = failure(err)
		} else {
			answer["value"] = value
		}
		text, err := json.Marshal(answer)
		if err != nil {
			text, _ = json.Marshal(map[string]any{"error": failure(err)})
		}
		fmt.Printf("%s%s\n", mark, text)
	}
}
