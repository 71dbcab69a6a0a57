package main

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
)

// A step is a line of a program's table. It panics when the SDK tells something else than the cloud's own would make it tell.
type step struct {
	name string
	do   func()
}

// oddKeys are names that each SDK must escape, sign and read back. The clouds allow all of them.
var oddKeys = []string{
	"a b+中.txt",
	"a b/中+*~!'()%20&=?#.txt",
	"per%cent%2Fslash%zz",
	"quo\"te\\back`tick^<>{}[]|.txt",
	"émoji-😀-Ω.bin",
	" blanks at both ends ",
	"acl",
	"?acl&uploads=",
}

// controlKeys hold what XML 1.0 has no word for.
var controlKeys = []string{"tab\tand\nline.txt", "bell\x01del\x7f"}

// run performs the table and prints a line for each step: "ok NAME", or "FAILED NAME: what happened".
func run(table []step) {
	for _, one := range table {
		if what := attempt(one); what != "" {
			fmt.Printf("FAILED %s: %s\n", one.name, strings.ReplaceAll(what, "\n", " | "))
		} else {
			fmt.Printf("ok %s\n", one.name)
		}
	}
}

func attempt(one step) (what string) {
	defer func() {
		if trouble := recover(); trouble != nil {
			what = fmt.Sprint(trouble)
		}
	}()
	one.do()
	return ""
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func same(what string, got, want any) {
	if !reflect.DeepEqual(got, want) {
		panic(fmt.Sprintf("%s: got %#v, want %#v", what, got, want))
	}
}

func sameBytes(what string, got, want []byte) {
	if !bytes.Equal(got, want) {
		panic(fmt.Sprintf("%s: got %d other bytes, want %d", what, len(got), len(want)))
	}
}

// typed is the error as the type that an SDK has for it.
func typed[T error](err error) T {
	var found T
	if err == nil {
		panic("no error came")
	}
	if !errors.As(err, &found) {
		panic(fmt.Sprintf("an error of another type came: %T %v", err, err))
	}
	return found
}

func all(body io.ReadCloser) []byte {
	defer body.Close()
	return must(io.ReadAll(body))
}

func noise(size int, seed int64) []byte {
	content := make([]byte, size)
	rand.New(rand.NewSource(seed)).Read(content)
	return content
}

func etagOf(content []byte) string {
	sum := md5.Sum(content)
	return hex.EncodeToString(sum[:])
}

func bare(etag string) string { return strings.ToLower(strings.Trim(etag, `"`)) }

// kept is a file of the program's own, which is removed with its folder by the test.
func kept(name string, content []byte) string {
	path := filepath.Join(os.TempDir(), name)
	check(os.WriteFile(path, content, 0o600))
	return path
}

func read(path string) []byte { return must(os.ReadFile(path)) }

// send performs a request on a presigned address with the standard library, as an application does; `way` leads to the server.
func send(way *http.Client, method, url string, headers map[string]string, body []byte) (int, []byte) {
	asked := must(http.NewRequest(method, url, bytes.NewReader(body)))
	for name, value := range headers {
		asked.Header.Set(name, value)
	}
	reply := must(way.Do(asked))
	return reply.StatusCode, all(reply.Body)
}

func fetched(way *http.Client, url string) []byte {
	status, body := send(way, "GET", url, nil, nil)
	same("status", status, 200)
	return body
}

// escaped is a path as a header carries it.
func escaped(path string) string { return strings.ReplaceAll(escapedAll(path), "%2F", "/") }

// escapedAll is a text as a policy of a credential is sent: each byte escaped that is not plain.
func escapedAll(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

func unescaped(text string) string { return must(url.QueryUnescape(text)) }

// formOf is a form's content type and body, with its file last.
func formOf(fields map[string]string, content []byte) (string, []byte) {
	body := &bytes.Buffer{}
	form := multipart.NewWriter(body)
	for name, value := range fields {
		check(form.WriteField(name, value))
	}
	must(must(form.CreateFormFile("file", "file.bin")).Write(content))
	check(form.Close())
	return form.FormDataContentType(), body.Bytes()
}
