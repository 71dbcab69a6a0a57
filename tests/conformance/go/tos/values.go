package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/volcengine/ve-tos-golang-sdk/v2/tos"
)

// Bodies up to this come back whole, longer ones as their length and digest.
const shownBytes = 64 * 1024

var (
	readerType = reflect.TypeOf((*io.Reader)(nil)).Elem()
	timeType   = reflect.TypeOf(time.Time{})
)

// A reader that tells nothing but bytes, so that the SDK cannot know the length.
type stream struct{ io.Reader }

// reader is content: {"text"}, {"file"} or {"stream"}.
func reader(raw json.RawMessage) (io.Reader, error) {
	var content struct{ Text, File, Stream *string }
	if err := json.Unmarshal(raw, &content); err != nil {
		return nil, err
	}
	switch {
	case content.Text != nil:
		return strings.NewReader(*content.Text), nil
	case content.File != nil:
		return os.Open(*content.File)
	case content.Stream != nil:
		return stream{strings.NewReader(*content.Stream)}, nil
	}
	return nil, fmt.Errorf("no content in %s", raw)
}

// named finds a field by its Go name, or else by its name in JSON.
func named(record reflect.Value, name string) (reflect.Value, error) {
	if field := record.FieldByName(name); field.IsValid() {
		return field, nil
	}
	for index := 0; index < record.NumField(); index++ {
		tag, _, _ := strings.Cut(record.Type().Field(index).Tag.Get("json"), ",")
		if tag == name {
			return record.Field(index), nil
		}
	}
	return reflect.Value{}, fmt.Errorf("%s has no field %s", record.Type(), name)
}

// decode puts JSON into `target`, whose fields may hold readers and times.
func decode(target reflect.Value, raw json.RawMessage) error {
	if target.Type() == readerType {
		content, err := reader(raw)
		if err == nil {
			target.Set(reflect.ValueOf(content))
		}
		return err
	}
	switch {
	case target.Type() == timeType:
		return json.Unmarshal(raw, target.Addr().Interface())
	case target.Kind() == reflect.Pointer:
		target.Set(reflect.New(target.Type().Elem()))
		return decode(target.Elem(), raw)
	case target.Kind() == reflect.Slice:
		var items []json.RawMessage
		if err := json.Unmarshal(raw, &items); err != nil {
			return err
		}
		target.Set(reflect.MakeSlice(target.Type(), len(items), len(items)))
		for index, item := range items {
			if err := decode(target.Index(index), item); err != nil {
				return err
			}
		}
		return nil
	case target.Kind() == reflect.Struct:
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(raw, &fields); err != nil {
			return err
		}
		for name, value := range fields {
			field, err := named(target, name)
			if err == nil {
				err = decode(field, value)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	return json.Unmarshal(raw, target.Addr().Interface())
}

func body(content io.ReadCloser) (any, error) {
	defer content.Close()
	whole, err := io.ReadAll(content)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(whole)
	shown := map[string]any{"size": len(whole), "sha256": hex.EncodeToString(digest[:])}
	if len(whole) <= shownBytes {
		shown["base64"] = base64.StdEncoding.EncodeToString(whole)
	}
	return shown, nil
}

// record is a struct as a map by Go names; what is embedded stands among its fields.
func record(value reflect.Value) (map[string]any, error) {
	fields := map[string]any{}
	for index := 0; index < value.NumField(); index++ {
		field := value.Type().Field(index)
		if !field.IsExported() {
			continue
		}
		shown, err := encode(value.Field(index))
		if err != nil {
			return nil, err
		}
		inner, flat := shown.(map[string]any)
		if !field.Anonymous || !flat {
			fields[field.Name] = shown
			continue
		}
		for name, item := range inner {
			fields[name] = item
		}
	}
	return fields, nil
}

// encode is a result of the SDK as JSON values. Bodies are read to their end.
func encode(value reflect.Value) (any, error) {
	switch whole := value.Interface().(type) {
	case time.Time:
		if whole.IsZero() {
			return nil, nil
		}
		return whole.UTC().Format(time.RFC3339Nano), nil
	case io.ReadCloser:
		return body(whole)
	case tos.Metadata:
		pairs := map[string]any{}
		if !value.IsNil() {
			whole.Range(func(name, text string) bool { pairs[name] = text; return true })
		}
		return pairs, nil
	case uint64:
		return fmt.Sprint(whole), nil
	}
	switch value.Kind() {
	case reflect.Pointer, reflect.Interface:
		if value.IsNil() {
			return nil, nil
		}
		return encode(value.Elem())
	case reflect.Struct:
		return record(value)
	case reflect.Slice:
		items := make([]any, 0, value.Len())
		for index := 0; index < value.Len(); index++ {
			item, err := encode(value.Index(index))
			if err != nil {
				return nil, err
			}
			items = append(items, item)
		}
		return items, nil
	}
	return value.Interface(), nil
}
