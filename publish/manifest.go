package publish

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// manifestName is the file that remembers what the output was made from, so that a run costs what has changed and not
// what there is. Losing it costs one full rendering and changes no other file.
const manifestName = ".broadsheet.json"

// manifest says what the sheets that never change by themselves were made from.
type manifest struct {
	Look   string            `json:"look"`   // of the theme, the configuration and the program
	Sheets map[string]string `json:"sheets"` // path → fingerprint of what it was made from

	// Withdrawn changes with what is withdrawn, so that the output is looked through for it once.
	Withdrawn string `json:"withdrawn,omitempty"`

	// Companies are those that a sheet names, by path, so that what becomes of a company changes the sheets that name it
	// and no other.
	Companies map[string][]string `json:"companies,omitempty"`
}

func newManifest(look string) manifest {
	return manifest{Look: look, Sheets: map[string]string{}, Companies: map[string][]string{}}
}

// companies are all that sheets name, each once, in the order of the alphabet.
func (r manifest) companies() []string {
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(slices.Collect(maps.Values(r.Companies))...))))
}

// record is what was remembered; the zero record when there is none that can be read.
func (f *folder) record() manifest {
	var r manifest
	if !f.has(manifestName) { // to read a named pipe is to wait for ever
		return manifest{}
	}
	data, err := f.root.ReadFile(manifestName)
	if err == nil {
		err = json.Unmarshal(data, &r)
	}
	if err != nil {
		return manifest{}
	}
	return r
}

// remember notes a sheet that does not change by itself.
func (r manifest) remember(path, from string, names []string) {
	if from != "" {
		r.Sheets[path] = from
	}
	if len(names) > 0 {
		r.Companies[path] = names
	}
}

func (r manifest) bytes() []byte {
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // strings only
	}
	return append(b, '\n')
}

// fingerprint is short for all that a sheet is made from.
func fingerprint(parts ...any) string {
	text := make([]byte, 0, 256)
	for _, p := range parts {
		switch p := p.(type) { // what thousands of sheets are made from
		case string:
			text = append(text, p...)
		case Day:
			text = p.append(text)
		case []Day:
			for _, d := range p {
				text = append(d.append(text), ' ')
			}
		default:
			text = fmt.Append(text, p)
		}
		text = append(text, 0)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6])
}

func (d Day) append(text []byte) []byte {
	text = append(append(text, d.Day...), ' ')
	text = append(strconv.AppendInt(text, int64(d.Number), 10), ' ')
	return strconv.AppendInt(text, int64(d.Picks), 10)
}
