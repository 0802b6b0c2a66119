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

// manifestName is the file that records what the output was rendered from, so that the cost of a run depends on what has
// changed, not on the size of the site. Losing it costs one full rendering and changes no other file.
const manifestName = ".broadsheet.json"

// manifest records the inputs of the files of the last Write, as hashes.
type manifest struct {
	RenderHash string            `json:"look"`   // hash of theme, configuration and program
	Files      map[string]string `json:"sheets"` // path → hash of its inputs; without the files that are rendered every time

	// Withdrawn is the hash of all withdrawals, so that the output is searched for withdrawn articles only when it changes.
	Withdrawn string `json:"withdrawn,omitempty"`

	// Companies are the companies that a file links to, by path, so that a change of a company rewrites those files only.
	Companies map[string][]string `json:"companies,omitempty"`
}

func newManifest(renderHash string) manifest {
	return manifest{RenderHash: renderHash, Files: map[string]string{}, Companies: map[string][]string{}}
}

// allCompanies returns the companies that any file links to, each once, in alphabetical order.
func (m manifest) allCompanies() []string {
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(slices.Collect(maps.Values(m.Companies))...))))
}

// readManifest returns the manifest of the last Write; the zero manifest if there is none that can be read.
func (f *outputDir) readManifest() manifest {
	var m manifest
	if !f.hasFile(manifestName) { // reading a named pipe would block forever
		return manifest{}
	}
	data, err := f.root.ReadFile(manifestName)
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	if err != nil {
		return manifest{}
	}
	return m
}

// add records the hash of a file's inputs, unless it is rendered every time, and the companies that it links to.
func (m manifest) add(path, hash string, names []string) {
	if hash != "" {
		m.Files[path] = hash
	}
	if len(names) > 0 {
		m.Companies[path] = names
	}
}

func (m manifest) bytes() []byte {
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings only
	}
	return append(b, '\n')
}

// hashOf returns a hash of parts: the first 48 bits of SHA-256 over their texts, in hexadecimal.
func hashOf(parts ...any) string {
	text := make([]byte, 0, 256)
	for _, p := range parts {
		switch p := p.(type) { // without fmt, since this is done for thousands of files
		case string:
			text = append(text, p...)
		case EditionRef:
			text = p.append(text)
		case []EditionRef:
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

// append appends d as text for hashOf.
func (d EditionRef) append(text []byte) []byte {
	text = append(append(text, d.Day...), ' ')
	text = append(strconv.AppendInt(text, int64(d.Number), 10), ' ')
	return strconv.AppendInt(text, int64(d.Picks), 10)
}
