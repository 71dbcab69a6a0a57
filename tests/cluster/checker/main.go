// Reads what clients did and saw as JSON lines on standard input, and says whether one store of one register per key
// could have answered so: a put, get and delete each taking place at one moment between its request and its reply.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"time"

	"github.com/anishathalye/porcupine"
)

type event struct {
	Client  int    `json:"client"`
	Key     string `json:"key"`
	Kind    string `json:"kind"`  // put, get or delete
	Value   string `json:"value"` // what was put, or what a get saw; empty for nothing there
	Call    int64  `json:"call"`
	Return  int64  `json:"return"`
	Unknown bool   `json:"unknown"` // whether a change took place is not known: it may until the end
}

func main() {
	var history []porcupine.Operation
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var one event
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			fmt.Println("malformed:", err)
			os.Exit(2)
		}
		if one.Unknown {
			one.Return = math.MaxInt64
		}
		history = append(history, porcupine.Operation{
			ClientId: one.Client, Input: one, Call: one.Call, Output: one.Value, Return: one.Return,
		})
	}
	register := porcupine.Model{
		Partition: func(all []porcupine.Operation) [][]porcupine.Operation {
			byKey := map[string][]porcupine.Operation{}
			for _, one := range all {
				key := one.Input.(event).Key
				byKey[key] = append(byKey[key], one)
			}
			var parts [][]porcupine.Operation
			for _, part := range byKey {
				parts = append(parts, part)
			}
			return parts
		},
		Init: func() any { return "" },
		Step: func(state, input, output any) (bool, any) {
			switch one := input.(event); one.Kind {
			case "put":
				return true, one.Value
			case "delete":
				return true, ""
			default:
				return state.(string) == output.(string), state
			}
		},
	}
	result := porcupine.CheckOperationsTimeout(register, history, 2*time.Minute)
	fmt.Println(len(history), result)
	if result != porcupine.Ok {
		os.Exit(1)
	}
}
