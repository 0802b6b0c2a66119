package config

import (
	"fmt"
	"math"
	"reflect"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"broadsheet"
	"broadsheet/internal/jsonpath"

	"github.com/andybalholm/cascadia"
	"go.yaml.in/yaml/v3"
)

// object is a JSON object of a JSON Schema.
type object = map[string]any

// scalarType is a type of scalar. parse returns the Go value of a text. If the text is invalid, it returns the problem,
// which follows the quoted text in the message ("is not a number"), and the remedy.
func scalarType(description, example string, schema object, parse func(text string) (v any, problem, remedy string)) valueType {
	return valueType{description: description, schema: schema, decode: func(d *decoder, key string, n *yaml.Node) any {
		if !isKind(yaml.ScalarNode, n) {
			return d.wrongType(key, n, description, example)
		}
		v, problem, remedy := parse(n.Value)
		if problem != "" {
			d.errorf(n, remedy, "%s %s %s", key, quoteForMessage(n.Value), problem)
			return nil
		}
		return v
	}}
}

// cleanLine returns a text as a single line with single spaces, as names and titles need it, or the problem and the
// remedy. maxLen is in characters. Text in feeds.yaml may come from a stranger's pull request, and is shown to readers
// and in terminals, so characters that hide or reorder other text are refused.
func cleanLine(text string, maxLen int) (clean, problem, remedy string) {
	clean = strings.Join(strings.Fields(text), " ")
	if clean == "" {
		return "", "is empty", "write something, or remove it"
	}
	for _, r := range clean {
		if unicode.IsControl(r) || isInvisible(r) {
			return "", fmt.Sprintf("holds the invisible character %U", r), "remove that character"
		}
	}
	if n := utf8.RuneCountInString(clean); n > maxLen {
		return "", fmt.Sprintf("has %d characters", n), fmt.Sprintf("write at most %d", maxLen)
	}
	return clean, "", ""
}

// isInvisible reports whether a character is invisible and changes how others look, such as a bidirectional override.
// Joiners and direction marks are allowed: scripts and emoji need them.
func isInvisible(r rune) bool {
	switch {
	case r == 0x200b, r == 0x2060, r == 0xfeff, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r >= 0xfff9 && r <= 0xfffb,
		r == 0x2028, r == 0x2029, r == utf8.RuneError:
		return true
	}
	return false
}

// textType is a text of one line, at most maxLen characters long.
func textType(description, example string, maxLen int) valueType {
	return scalarType(description, example, object{"type": []string{"string", "number", "boolean"}}, func(text string) (any, string, string) {
		return cleanLine(text, maxLen)
	})
}

// numberType is a number from low to high; it decodes to a float64.
func numberType(low, high float64, example string) valueType {
	description := fmt.Sprintf("a number from %v to %v", low, high)
	return scalarType(description, example, object{"type": "number", "minimum": low, "maximum": high}, func(text string) (any, string, string) {
		f, err := strconv.ParseFloat(text, 64)
		switch {
		case err != nil || math.IsNaN(f):
			return nil, "is not a number", "write " + description + ", for example " + example
		case f < low || f > high:
			return nil, "is out of range", "write " + description
		}
		return f, "", ""
	})
}

// integerType is a whole number from low to high; it decodes to an int.
func integerType(low, high int, example string) valueType {
	description := fmt.Sprintf("a whole number from %d to %d", low, high)
	return scalarType(description, example, object{"type": "integer", "minimum": low, "maximum": high}, func(text string) (any, string, string) {
		i, err := strconv.Atoi(text)
		switch {
		case err != nil && !isNumber(text):
			return nil, "is not a whole number", "write " + description + ", for example " + example
		case err != nil || i < low || i > high:
			return nil, "is out of range", "write " + description
		}
		return i, "", ""
	})
}

// isNumber reports whether a text consists of digits and signs only, so that at most its size is wrong.
func isNumber(text string) bool { return strings.Trim(text, "+-0123456789") == "" }

// boolType is true or false. It also accepts yes, no, on and off, which YAML 1.1 has.
func boolType() valueType {
	description := "true or false"
	return scalarType(description, "true", object{"type": "boolean"}, func(text string) (any, string, string) {
		switch strings.ToLower(text) {
		case "true", "yes", "on":
			return true, "", ""
		case "false", "no", "off":
			return false, "", ""
		}
		return nil, "is neither true nor false", "write " + description
	})
}

// enumType is one of several words.
func enumType(words ...string) valueType {
	description := "one of " + strings.Join(words, ", ")
	return scalarType(description, words[0], object{"enum": words}, func(text string) (any, string, string) {
		if slices.Contains(words, text) {
			return text, "", ""
		}
		if match := suggest(text, words); match != "" {
			return nil, "is not " + description, "did you mean " + match + "?"
		}
		return nil, "is not known here", "write " + description
	})
}

var timeOfDayRE = regexp.MustCompile(`^([01]?[0-9]|2[0-3]):([0-5][0-9])$`)

// timeOfDayType is a time of day; it decodes to a string with two digits each, "06:00".
func timeOfDayType() valueType {
	return scalarType(`a time of day from "00:00" to "23:59"`, `"06:00"`, object{"type": "string", "pattern": timeOfDayRE.String()}, func(text string) (any, string, string) {
		parts := timeOfDayRE.FindStringSubmatch(text)
		if parts == nil {
			return nil, "is not a time of day", `write hours and minutes from "00:00" to "23:59", for example "06:00"`
		}
		return fmt.Sprintf("%02s:%s", parts[1], parts[2]), "", ""
	})
}

// durationUnits are the units of a duration, largest first.
var durationUnits = []struct {
	suffix   string
	duration time.Duration
}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}}

var durationRE = regexp.MustCompile(`^(?:[0-9]+(?:\.[0-9]+)?(?:w|d|h|ms|m|s))+$`)
var durationPartRE = regexp.MustCompile(`([0-9]+(?:\.[0-9]+)?)(w|d|h|ms|m|s)`)

// parseDuration parses "90m", "1d12h" or "2w": the syntax of time.ParseDuration with days and weeks.
func parseDuration(text string) (time.Duration, bool) {
	if !durationRE.MatchString(text) {
		return 0, false
	}
	var sum float64
	for _, part := range durationPartRE.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.ParseFloat(part[1], 64)
		unit := float64(time.Millisecond)
		for _, u := range durationUnits {
			if u.suffix == part[2] {
				unit = float64(u.duration)
			}
		}
		sum += n * unit
	}
	return time.Duration(min(sum, float64(math.MaxInt64/2))), true
}

// durationText formats a duration in the largest unit of which it is a multiple.
func durationText(d time.Duration) string {
	for _, u := range durationUnits {
		if d >= u.duration && d%u.duration == 0 {
			return fmt.Sprintf("%d%s", d/u.duration, u.suffix)
		}
	}
	return d.String()
}

// durationType is a duration from low to high.
func durationType(low, high time.Duration, example string) valueType {
	description := fmt.Sprintf("a span of time from %s to %s", durationText(low), durationText(high))
	return scalarType(description, example, object{"type": "string", "pattern": durationRE.String()}, func(text string) (any, string, string) {
		d, ok := parseDuration(text)
		switch {
		case !ok && low == 0 && text == "0":
			return d, "", ""
		case !ok && isNumber(text):
			return nil, "has no unit", fmt.Sprintf("write s, m, h, d or w after it, for example %s", example)
		case !ok:
			return nil, "is not a span of time", fmt.Sprintf("write a number and one of s, m, h, d or w, for example %s", example)
		case d < low || d > high:
			return nil, "is out of range", "write " + description
		}
		return d, "", ""
	})
}

var sizeRE = regexp.MustCompile(`^(?i)([0-9]{1,12}) ?(B|K|M|G|KB|MB|GB|KIB|MIB|GIB)?$`)

// sizeType is a number of bytes from low to high; it decodes to an int64. The units are powers of 1024.
func sizeType(low, high int64, example string) valueType {
	description := fmt.Sprintf("a size from %d kB to %d MB", low>>10, high>>20)
	return scalarType(description, example, object{"type": []string{"string", "integer"}}, func(text string) (any, string, string) {
		parts := sizeRE.FindStringSubmatch(text)
		if parts == nil {
			return nil, "is not a size", "write a number and kB or MB, for example " + example
		}
		n, _ := strconv.ParseInt(parts[1], 10, 64)
		if unit := strings.ToUpper(parts[2]); unit != "" && unit != "B" {
			n *= map[byte]int64{'K': 1 << 10, 'M': 1 << 20, 'G': 1 << 30}[unit[0]]
		}
		if n < low || n > high {
			return nil, "is out of range", "write " + description
		}
		return n, "", ""
	})
}

// languageType is a language tag of BCP 47.
func languageType() valueType {
	tag := regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$`)
	return scalarType("a language tag", "en", object{"type": "string", "pattern": tag.String()}, func(text string) (any, string, string) {
		if !tag.MatchString(text) || len(text) > 35 {
			return nil, "is not a language tag", "write its code of BCP 47, for example en, de or pt-BR"
		}
		return text, "", ""
	})
}

const maxSelector = 500 // bytes

// selectorType is a CSS selector that cascadia compiles.
func selectorType(example string) valueType {
	return scalarType("a CSS selector", example, object{"type": "string"}, func(text string) (any, string, string) {
		if problem, remedy := checkSelector(text, example); problem != "" {
			return nil, problem, remedy
		}
		return text, "", ""
	})
}

// checkSelector returns what is wrong with a CSS selector, and what to do; "" if it is right.
func checkSelector(text, example string) (problem, remedy string) {
	if len(text) > maxSelector {
		return fmt.Sprintf("has %d characters", len(text)), fmt.Sprintf("write a selector of at most %d", maxSelector)
	}
	if strings.TrimSpace(text) == "" {
		return "is empty", "write a CSS selector, for example " + example + ", or remove the key"
	}
	if _, err := cascadia.Compile(text); err != nil {
		return fmt.Sprintf("is not a CSS selector (%s)", strings.ReplaceAll(err.Error(), "\n", " ")), "correct it, for example " + example
	}
	return "", ""
}

// itemsType says how the list of a page is read: auto, a CSS selector, or a path in JSON, which begins with "$".
func itemsType(example string) valueType {
	return scalarType("auto, a CSS selector, or a path in JSON", example, object{"type": "string"}, func(text string) (any, string, string) {
		if strings.HasPrefix(text, "$") && len(text) <= maxSelector {
			if _, err := jsonpath.Parse(text); err != nil {
				return nil, "is a path that " + err.Error(), "correct it, for example $.props.pageProps.posts"
			}
			return text, "", ""
		}
		if problem, remedy := checkSelector(text, example); problem != "" {
			return nil, problem, remedy
		}
		return text, "", ""
	})
}

// itemPartType is a part of an item: a CSS selector, or a path in JSON. checkItemParts checks it, since that depends on
// how the items are read.
func itemPartType(example string) valueType {
	return scalarType("a CSS selector, or a path in JSON", example, object{"type": "string"}, func(text string) (any, string, string) {
		if len(text) > maxSelector || strings.TrimSpace(text) == "" {
			problem, remedy := checkSelector(text, example)
			return nil, problem, remedy
		}
		return text, "", ""
	})
}

// checkItemParts checks link, title and date of a page: they are paths if items is one, else CSS selectors. found holds the
// values that the source sets.
func (d *decoder) checkItemParts(s broadsheet.Source, found map[string]*yaml.Node) {
	for _, part := range []struct{ key, text, example string }{{"link", s.Link, "h2 a"}, {"title", s.Title, "h2"}, {"date", s.Date, "time"}} {
		if found[part.key] == nil || part.text == "" {
			continue
		}
		inJSON := s.ItemsPath() || s.FindsItems() && strings.ContainsAny(part.text, "{$") // auto reads an address that answers JSON too
		if !inJSON {
			if problem, remedy := checkSelector(part.text, part.example); problem != "" {
				d.errorf(found[part.key], remedy, "%s %s %s", part.key, quoteForMessage(part.text), problem)
			}
			continue
		}
		for _, path := range pathsOf(part.key, part.text) {
			if _, err := jsonpath.Parse(path); err != nil {
				d.errorf(found[part.key], "correct it, for example fields."+part.key, "%s %s is a path that %s", part.key, quoteForMessage(part.text), err)
				break
			}
		}
	}
}

// pathsOf returns the paths in the value of a key: of a link, those in its braces, if it has some.
func pathsOf(key, text string) []string {
	if key != "link" || !strings.Contains(text, "{") {
		return []string{text}
	}
	var paths []string
	for _, m := range pathInBraces.FindAllStringSubmatch(text, -1) {
		paths = append(paths, m[1])
	}
	return paths
}

// pathInBraces matches a path in an address: /blog/{slug}.
var pathInBraces = regexp.MustCompile(`\{([^{}]*)\}`)

// Bounds of a regular expression.
const (
	maxRegexp      = 1000 // bytes
	maxRegexpNodes = 5000 // nodes of its syntax tree, with repetitions expanded
)

// regexpNodes returns the approximate size of an expression with its repetitions expanded.
func regexpNodes(re *syntax.Regexp) int {
	sum := 1 + len(re.Rune)/2
	for _, sub := range re.Sub {
		sum = min(sum+regexpNodes(sub), maxRegexpNodes+1)
	}
	if re.Op == syntax.OpRepeat {
		sum *= max(re.Min, re.Max, 1)
	}
	return min(sum, maxRegexpNodes+1)
}

// regexpType is a regular expression in RE2 syntax that does not match the empty text.
func regexpType() valueType {
	return scalarType("a regular expression", `"^subscribe to .*"`, object{"type": "string"}, func(text string) (any, string, string) {
		if len(text) > maxRegexp {
			return nil, fmt.Sprintf("has %d characters", len(text)), fmt.Sprintf("write an expression of at most %d", maxRegexp)
		}
		parsed, err := syntax.Parse("(?i)"+text, syntax.Perl)
		if err == nil && regexpNodes(parsed) > maxRegexpNodes {
			return nil, "is too large", "write smaller numbers in its {braces}"
		}
		re, err := regexp.Compile("(?i)" + text)
		switch {
		case err != nil:
			return nil, fmt.Sprintf("is not a regular expression (%s)", strings.TrimPrefix(err.Error(), "error parsing regexp: ")),
				"correct it (RE2 syntax), and write it in 'single quotes' so that backslashes stay"
		case re.MatchString(""):
			return nil, "matches everywhere", "write an expression that needs at least one letter"
		}
		return text, "", ""
	})
}

// maxEntries is the maximum number of entries in a list, except for sources.
const maxEntries = 5000

// listType is a list of at least minItems values of type item, whose Go type is T; it decodes to a []T.
func listType[T any](description string, item valueType, minItems int, example string) valueType {
	schema := object{"type": "array", "items": item.schema, "minItems": minItems}
	return valueType{description: description, schema: schema, fields: item.fields, decode: func(d *decoder, key string, n *yaml.Node) any {
		if !isKind(yaml.SequenceNode, n) || len(n.Content) == 0 {
			return d.wrongType(key, n, description, example)
		}
		if len(n.Content) > maxEntries {
			d.errorf(n, fmt.Sprintf("keep at most %d", maxEntries), "%s has %d entries", key, len(n.Content))
			return nil
		}
		if len(n.Content) < minItems {
			d.errorf(n, fmt.Sprintf("write at least %d, for example %s", minItems, exampleYAML(key, example)), "%s has %d entry", key, len(n.Content))
			return nil
		}
		var all []T
		for _, each := range n.Content {
			if v := item.decode(d, entryPrefix+strings.TrimPrefix(key, entryPrefix), resolveAlias(each)); v != nil {
				all = append(all, v.(T))
			}
		}
		return all
	}}
}

// mapType is a map with the keys of a table; it decodes to a T, a struct with the fields of the table.
func mapType[T any](fields []field, example string) valueType {
	description := "a map of keys"
	return valueType{description: description, fields: fields, schema: mapSchema(fields), decode: func(d *decoder, key string, n *yaml.Node) any {
		if !isKind(yaml.MappingNode, n) {
			return d.wrongType(key, n, description, example)
		}
		var v T
		d.decodeMap(n, fields, reflect.ValueOf(&v).Elem())
		return v
	}}
}
