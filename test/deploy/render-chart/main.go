// Renders a Helm chart as Helm does, with Go's templates and the functions of Sprig, where Helm itself cannot be had.
//
//	render-chart CHART RELEASE < VALUES.json
//
// Writes a JSON object to standard output: the values, which have to fit values.schema.json, and the text of each template.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"gopkg.in/yaml.v2"
)

type object = map[string]interface{}

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(chart, release string) error {
	defaults, err := readYAML(filepath.Join(chart, "values.yaml"))
	if err != nil {
		return err
	}
	var given object
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		return err
	}
	meta, err := readYAML(filepath.Join(chart, "Chart.yaml"))
	if err != nil {
		return err
	}
	// Templates see Chart.yaml with capitals.
	described := object{}
	for key, value := range meta {
		described[strings.ToUpper(key[:1])+key[1:]] = value
	}
	values := merged(defaults, given)
	scope := object{
		"Values":       values,
		"Chart":        described,
		"Release":      object{"Name": release, "Namespace": "default", "Service": "Helm", "IsInstall": true, "Revision": 1},
		"Capabilities": object{"KubeVersion": object{"Version": "v1.30.0", "Major": "1", "Minor": "30"}},
	}
	texts, err := render(chart, scope)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(object{"values": values, "texts": texts})
}

func render(chart string, scope object) (map[string]string, error) {
	all := template.New("chart").Option("missingkey=zero")
	functions := sprig.TxtFuncMap()
	// As in Helm: a chart must not read the environment.
	delete(functions, "env")
	delete(functions, "expandenv")
	functions["toYaml"] = toYAML
	functions["include"] = func(name string, data interface{}) (string, error) {
		var text bytes.Buffer
		err := all.ExecuteTemplate(&text, name, data)
		return text.String(), err
	}
	functions["required"] = func(message string, value interface{}) (interface{}, error) {
		if value == nil || value == "" {
			return value, errors.New(message)
		}
		return value, nil
	}
	all.Funcs(functions)
	files, err := filepath.Glob(filepath.Join(chart, "templates", "*"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if _, err := all.New(filepath.Base(file)).Parse(string(text)); err != nil {
			return nil, err
		}
	}
	texts := map[string]string{}
	for _, file := range files {
		name := filepath.Base(file)
		if strings.HasPrefix(name, "_") {
			continue
		}
		var text bytes.Buffer
		if err := all.ExecuteTemplate(&text, name, scope); err != nil {
			return nil, err
		}
		// Helm does the same with what is missing.
		texts[name] = strings.ReplaceAll(text.String(), "<no value>", "")
	}
	return texts, nil
}

// Puts values over defaults; null takes a default away.
func merged(defaults, given object) object {
	result := object{}
	for key, value := range defaults {
		result[key] = value
	}
	for key, value := range given {
		below, isObject := value.(object)
		old, wasObject := result[key].(object)
		switch {
		case value == nil:
			delete(result, key)
		case isObject && wasObject:
			result[key] = merged(old, below)
		default:
			result[key] = value
		}
	}
	return result
}

func readYAML(path string) (object, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var read interface{}
	if err := yaml.Unmarshal(text, &read); err != nil {
		return nil, err
	}
	result, isObject := withTextKeys(read).(object)
	if !isObject {
		return nil, fmt.Errorf("%s has no keys", path)
	}
	return result, nil
}

// The parser of YAML makes objects with keys of any type, and whole numbers; Helm has JSON's.
func withTextKeys(value interface{}) interface{} {
	switch typed := value.(type) {
	case map[interface{}]interface{}:
		result := object{}
		for key, each := range typed {
			result[fmt.Sprint(key)] = withTextKeys(each)
		}
		return result
	case []interface{}:
		for index, each := range typed {
			typed[index] = withTextKeys(each)
		}
		return typed
	case int:
		return float64(typed)
	default:
		return value
	}
}

func toYAML(value interface{}) (string, error) {
	text, err := yaml.Marshal(value)
	return strings.TrimSuffix(string(text), "\n"), err
}
