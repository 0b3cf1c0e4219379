// Renders a chart as Helm does, with the same engine (text/template) and the same functions (sprig), where Helm itself is not to be had.
// Usage: render CHART RELEASE < values.json
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"gopkg.in/yaml.v3"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(path string) map[string]interface{} {
	text, err := os.ReadFile(path)
	must(err)
	value := map[string]interface{}{}
	must(yaml.Unmarshal(text, &value))
	return value
}

// Maps are merged, everything else is replaced; null takes a value away.
func merge(base, over map[string]interface{}) map[string]interface{} {
	for key, value := range over {
		known, isMap := base[key].(map[string]interface{})
		given, isGivenMap := value.(map[string]interface{})
		switch {
		case value == nil:
			delete(base, key)
		case isMap && isGivenMap:
			base[key] = merge(known, given)
		default:
			base[key] = value
		}
	}
	return base
}

func main() {
	chart, release := os.Args[1], os.Args[2]
	values := read(filepath.Join(chart, "values.yaml"))
	over := map[string]interface{}{}
	must(json.NewDecoder(os.Stdin).Decode(&over))
	merge(values, over)
	described := read(filepath.Join(chart, "Chart.yaml"))

	all := template.New("chart").Option("missingkey=zero")
	functions := sprig.TxtFuncMap()
	functions["toYaml"] = func(value interface{}) string {
		text, err := yaml.Marshal(value)
		must(err)
		return strings.TrimSuffix(string(text), "\n")
	}
	functions["required"] = func(why string, value interface{}) (interface{}, error) {
		if value == nil || value == "" {
			return nil, fmt.Errorf("%s", why)
		}
		return value, nil
	}
	functions["include"] = func(name string, data interface{}) (string, error) {
		var out bytes.Buffer
		err := all.ExecuteTemplate(&out, name, data)
		return out.String(), err
	}
	// Helm takes them away, so that a chart cannot read the machine it is rendered on.
	delete(functions, "env")
	delete(functions, "expandenv")
	all.Funcs(functions)

	paths, err := filepath.Glob(filepath.Join(chart, "templates", "*"))
	must(err)
	sort.Strings(paths)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		must(err)
		_, err = all.New(filepath.Base(path)).Parse(string(text))
		must(err)
	}
	data := map[string]interface{}{
		"Values": values,
		"Chart": map[string]interface{}{
			"Name": described["name"], "Version": described["version"], "AppVersion": described["appVersion"],
		},
		"Release": map[string]interface{}{"Name": release, "Namespace": "door", "Service": "Helm", "IsInstall": true},
	}
	for _, path := range paths {
		name := filepath.Base(path)
		if strings.HasPrefix(name, "_") {
			continue
		}
		var out bytes.Buffer
		must(all.ExecuteTemplate(&out, name, data))
		fmt.Printf("---\n# Source: %s\n%s\n", name, strings.ReplaceAll(out.String(), "<no value>", ""))
	}
}
