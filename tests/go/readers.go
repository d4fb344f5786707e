// What gopkg.in/yaml.v3 makes of texts: readers.go < JSON list. Prints a JSON list of objects, in
// which the reader is left out where it refuses the text.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"gopkg.in/yaml.v3"
)

// What is no JSON becomes a number, or a key that no text has.
func asJSON(value interface{}) interface{} {
	switch value := value.(type) {
	case map[string]interface{}:
		found := map[string]interface{}{}
		for key, item := range value {
			found[key] = asJSON(item)
		}
		return found
	case map[interface{}]interface{}:
		found := map[string]interface{}{}
		for key, item := range value {
			name, isText := key.(string)
			if !isText {
				name = fmt.Sprintf("\x01%v", key)
			}
			found[name] = asJSON(item)
		}
		return found
	case []interface{}:
		found := []interface{}{}
		for _, item := range value {
			found = append(found, asJSON(item))
		}
		return found
	case string, bool, nil:
		return value
	}
	return 0
}

func main() {
	var texts []string
	if err := json.NewDecoder(os.Stdin).Decode(&texts); err != nil {
		panic(err)
	}
	answers := []map[string]interface{}{}
	for _, text := range texts {
		answer := map[string]interface{}{}
		var document interface{}
		if err := yaml.Unmarshal([]byte(text), &document); err == nil {
			answer["yaml.v3"] = asJSON(document)
		}
		answers = append(answers, answer)
	}
	json.NewEncoder(os.Stdout).Encode(answers)
}
