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

	"github.com/andybalholm/cascadia"
	"go.yaml.in/yaml/v3"
)

// object is a piece of JSON Schema.
type object = map[string]any

// scalarForm is a single value. make gives its Go value, or says what is wrong with the text and what to do.
func scalarForm(want, eg string, schema object, make func(text string) (v any, wrong, do string)) valueType {
	return valueType{want: want, schema: schema, read: func(d *decoder, key string, n *yaml.Node) any {
		if !d.is(yaml.ScalarNode, n) {
			return d.wrongType(key, n, want, eg)
		}
		v, wrong, do := make(n.Value)
		if wrong != "" {
			d.errorf(n, do, "%s %s %s", key, quoted(n.Value), wrong)
			return nil
		}
		return v
	}}
}

// line makes one line of a text: what a name or title may be. Text in feeds.yaml may come from a stranger's pull request,
// and is shown to readers and in terminals, so what hides or reorders other text is refused.
func line(text string, most int) (clean, wrong, do string) {
	clean = strings.Join(strings.Fields(text), " ")
	if clean == "" {
		return "", "is empty", "write something, or remove it"
	}
	for _, r := range clean {
		if unicode.IsControl(r) || hides(r) {
			return "", fmt.Sprintf("holds the invisible character %U", r), "remove that character"
		}
	}
	if n := utf8.RuneCountInString(clean); n > most {
		return "", fmt.Sprintf("has %d characters", n), fmt.Sprintf("write at most %d", most)
	}
	return clean, "", ""
}

// hides tells whether a character is invisible and changes how others look. Joiners and the marks of direction stay:
// scripts and emoji need them.
func hides(r rune) bool {
	switch {
	case r == 0x200b, r == 0x2060, r == 0xfeff, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r >= 0xfff9 && r <= 0xfffb,
		r == 0x2028, r == 0x2029, r == utf8.RuneError:
		return true
	}
	return false
}

func textForm(want, eg string, most int) valueType {
	return scalarForm(want, eg, object{"type": []string{"string", "number", "boolean"}}, func(text string) (any, string, string) {
		clean, wrong, do := line(text, most)
		return clean, wrong, do
	})
}

func numberForm(low, high float64, eg string) valueType {
	want := fmt.Sprintf("a number from %v to %v", low, high)
	return scalarForm(want, eg, object{"type": "number", "minimum": low, "maximum": high}, func(text string) (any, string, string) {
		f, err := strconv.ParseFloat(text, 64)
		switch {
		case err != nil || math.IsNaN(f):
			return nil, "is not a number", "write " + want + ", for example " + eg
		case f < low || f > high:
			return nil, "is out of range", "write " + want
		}
		return f, "", ""
	})
}

func wholeForm(low, high int, eg string) valueType {
	want := fmt.Sprintf("a whole number from %d to %d", low, high)
	return scalarForm(want, eg, object{"type": "integer", "minimum": low, "maximum": high}, func(text string) (any, string, string) {
		i, err := strconv.Atoi(text)
		switch {
		case err != nil && !isNumber(text):
			return nil, "is not a whole number", "write " + want + ", for example " + eg
		case err != nil || i < low || i > high:
			return nil, "is out of range", "write " + want
		}
		return i, "", ""
	})
}

func isNumber(text string) bool { return strings.Trim(text, "+-0123456789") == "" }

func yesForm() valueType {
	want := "true or false"
	return scalarForm(want, "true", object{"type": "boolean"}, func(text string) (any, string, string) {
		switch strings.ToLower(text) {
		case "true", "yes", "on":
			return true, "", ""
		case "false", "no", "off":
			return false, "", ""
		}
		return nil, "is neither true nor false", "write " + want
	})
}

func choiceForm(words ...string) valueType {
	want := "one of " + strings.Join(words, ", ")
	return scalarForm(want, words[0], object{"enum": words}, func(text string) (any, string, string) {
		if slices.Contains(words, text) {
			return text, "", ""
		}
		if near := suggest(text, words); near != "" {
			return nil, "is not " + want, "did you mean " + near + "?"
		}
		return nil, "is not known here", "write " + want
	})
}

var clock = regexp.MustCompile(`^([01]?[0-9]|2[0-3]):([0-5][0-9])$`)

func clockForm() valueType {
	return scalarForm(`a time of day from "00:00" to "23:59"`, `"06:00"`, object{"type": "string", "pattern": clock.String()}, func(text string) (any, string, string) {
		parts := clock.FindStringSubmatch(text)
		if parts == nil {
			return nil, "is not a time of day", `write hours and minutes from "00:00" to "23:59", for example "06:00"`
		}
		return fmt.Sprintf("%02s:%s", parts[1], parts[2]), "", ""
	})
}

// spans are the units of a span of time, largest first.
var spans = []struct {
	letter string
	is     time.Duration
}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}}

var spanParts = regexp.MustCompile(`^(?:[0-9]+(?:\.[0-9]+)?(?:w|d|h|ms|m|s))+$`)
var spanPart = regexp.MustCompile(`([0-9]+(?:\.[0-9]+)?)(w|d|h|ms|m|s)`)

// span reads "90m", "1d12h" or "2w": Go's durations with days and weeks.
func span(text string) (time.Duration, bool) {
	if !spanParts.MatchString(text) {
		return 0, false
	}
	var sum float64
	for _, part := range spanPart.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.ParseFloat(part[1], 64)
		unit := float64(time.Millisecond)
		for _, s := range spans {
			if s.letter == part[2] {
				unit = float64(s.is)
			}
		}
		sum += n * unit
	}
	return time.Duration(min(sum, float64(math.MaxInt64/2))), true
}

// spanText writes a span in its largest whole unit.
func spanText(d time.Duration) string {
	for _, s := range spans {
		if d >= s.is && d%s.is == 0 {
			return fmt.Sprintf("%d%s", d/s.is, s.letter)
		}
	}
	return d.String()
}

func spanForm(low, high time.Duration, eg string) valueType {
	want := fmt.Sprintf("a span of time from %s to %s", spanText(low), spanText(high))
	return scalarForm(want, eg, object{"type": "string", "pattern": spanParts.String()}, func(text string) (any, string, string) {
		d, ok := span(text)
		switch {
		case !ok && low == 0 && text == "0":
			return d, "", ""
		case !ok && isNumber(text):
			return nil, "has no unit", fmt.Sprintf("write s, m, h, d or w after it, for example %s", eg)
		case !ok:
			return nil, "is not a span of time", fmt.Sprintf("write a number and one of s, m, h, d or w, for example %s", eg)
		case d < low || d > high:
			return nil, "is out of range", "write " + want
		}
		return d, "", ""
	})
}

var bytesText = regexp.MustCompile(`^(?i)([0-9]{1,12}) ?(B|K|M|G|KB|MB|GB|KIB|MIB|GIB)?$`)

func bytesForm(low, high int64, eg string) valueType {
	want := fmt.Sprintf("a size from %d kB to %d MB", low>>10, high>>20)
	return scalarForm(want, eg, object{"type": []string{"string", "integer"}}, func(text string) (any, string, string) {
		parts := bytesText.FindStringSubmatch(text)
		if parts == nil {
			return nil, "is not a size", "write a number and kB or MB, for example " + eg
		}
		n, _ := strconv.ParseInt(parts[1], 10, 64)
		if unit := strings.ToUpper(parts[2]); unit != "" && unit != "B" {
			n *= map[byte]int64{'K': 1 << 10, 'M': 1 << 20, 'G': 1 << 30}[unit[0]]
		}
		if n < low || n > high {
			return nil, "is out of range", "write " + want
		}
		return n, "", ""
	})
}

func languageForm() valueType {
	tag := regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$`)
	return scalarForm("a language tag", "en", object{"type": "string", "pattern": tag.String()}, func(text string) (any, string, string) {
		if !tag.MatchString(text) || len(text) > 35 {
			return nil, "is not a language tag", "write its code of BCP 47, for example en, de or pt-BR"
		}
		return text, "", ""
	})
}

const maxSelector = 500

func selectorForm(eg string) valueType {
	return scalarForm("a CSS selector", eg, object{"type": "string"}, func(text string) (any, string, string) {
		if len(text) > maxSelector {
			return nil, fmt.Sprintf("has %d characters", len(text)), fmt.Sprintf("write a selector of at most %d", maxSelector)
		}
		if strings.TrimSpace(text) == "" {
			return nil, "is empty", "write a CSS selector, for example " + eg + ", or remove the key"
		}
		if _, err := cascadia.Compile(text); err != nil {
			return nil, fmt.Sprintf("is not a CSS selector (%s)", strings.ReplaceAll(err.Error(), "\n", " ")), "correct it, for example " + eg
		}
		return text, "", ""
	})
}

const maxPattern = 1000 // letters of an expression
const maxSteps = 5000   // of the same, repetitions written out

// steps is about how large an expression becomes with its repetitions written out.
func steps(re *syntax.Regexp) int {
	sum := 1 + len(re.Rune)/2
	for _, sub := range re.Sub {
		sum = min(sum+steps(sub), maxSteps+1)
	}
	if re.Op == syntax.OpRepeat {
		sum *= max(re.Min, re.Max, 1)
	}
	return min(sum, maxSteps+1)
}

func patternForm() valueType {
	return scalarForm("a regular expression", `"^subscribe to .*"`, object{"type": "string"}, func(text string) (any, string, string) {
		if len(text) > maxPattern {
			return nil, fmt.Sprintf("has %d characters", len(text)), fmt.Sprintf("write an expression of at most %d", maxPattern)
		}
		parsed, err := syntax.Parse("(?i)"+text, syntax.Perl)
		if err == nil && steps(parsed) > maxSteps {
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

// maxEntries is how many entries a list may have, sources aside.
const maxEntries = 5000

// listForm is a list of at least so many values of one form.
func listForm[T any](want string, item valueType, least int, eg string) valueType {
	schema := object{"type": "array", "items": item.schema, "minItems": least}
	return valueType{want: want, schema: schema, inner: item.inner, read: func(d *decoder, key string, n *yaml.Node) any {
		if !d.is(yaml.SequenceNode, n) || len(n.Content) == 0 {
			return d.wrongType(key, n, want, eg)
		}
		if len(n.Content) > maxEntries {
			d.errorf(n, fmt.Sprintf("keep at most %d", maxEntries), "%s has %d entries", key, len(n.Content))
			return nil
		}
		if len(n.Content) < least {
			d.errorf(n, fmt.Sprintf("write at least %d, for example %s", least, example(key, eg)), "%s has %d entry", key, len(n.Content))
			return nil
		}
		var all []T
		for _, each := range n.Content {
			if v := item.read(d, anEntry+strings.TrimPrefix(key, anEntry), resolved(each)); v != nil {
				all = append(all, v.(T))
			}
		}
		return all
	}}
}

// mapForm is a map with keys of its own.
func mapForm[T any](settings []field, eg string) valueType {
	want := "a map of keys"
	return valueType{want: want, inner: settings, schema: mapSchema(settings), read: func(d *decoder, key string, n *yaml.Node) any {
		if !d.is(yaml.MappingNode, n) {
			return d.wrongType(key, n, want, eg)
		}
		var v T
		d.fill(n, settings, reflect.ValueOf(&v).Elem())
		return v
	}}
}
