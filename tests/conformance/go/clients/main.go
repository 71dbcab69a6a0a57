// Command clients holds unmodified Go SDKs and performs one program: a table of steps on a bucket of its own.
//
// Law: `clients PROGRAM ADDRESS KEY_ID SECRET` prints one line per step (steps.go) and exits 0; what a step expects
// comes from the SDK and its cloud's documents. Each program makes its bucket and removes it.
package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// A place is where the server is, and with which key it is asked.
type place struct {
	address, host, keyID, secret string
}

// way is a client of the standard library that reaches the server under every cloud's names: the server is its proxy.
func (p place) way() *http.Client {
	proxy := must(url.Parse(p.address))
	return &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(proxy)}}
}

var programs = map[string]func(place) []step{
	"aws":     awsSteps,
	"minio":   minioSteps,
	"oss1-v1": func(p place) []step { return oss1Steps(p, false) },
	"oss1-v4": func(p place) []step { return oss1Steps(p, true) },
	"oss2-v1": func(p place) []step { return oss2Steps(p, false) },
	"oss2-v4": func(p place) []step { return oss2Steps(p, true) },
	"cos":     cosSteps,
	"tencent": tencentSteps,
	"vms":     vmsSteps,
}

func main() {
	if len(os.Args) != 5 || programs[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: clients PROGRAM ADDRESS KEY_ID SECRET")
		os.Exit(2)
	}
	given := place{os.Args[2], strings.TrimPrefix(os.Args[2], "http://"), os.Args[3], os.Args[4]}
	run(programs[os.Args[1]](given))
}
