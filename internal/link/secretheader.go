package link

import (
	"encoding/base64"
	"regexp"
	"strings"

	"broadsheet"
)

// openHeaders are header fields whose values are no secret, so that an article that has one by chance is published as
// it is.
var openHeaders = map[string]bool{
	"Accept": true, "Accept-Charset": true, "Accept-Language": true, "Cache-Control": true, "Dnt": true, "Origin": true, "Pragma": true,
	"Referer": true, "Save-Data": true, "Upgrade-Insecure-Requests": true, "X-Requested-With": true,
}

// headerSecrets returns the values of a source's header fields that may be secret, and the keys and passwords in them.
func headerSecrets(s broadsheet.Source) (values []string) {
	for name, value := range s.Headers {
		if openHeaders[name] {
			continue
		}
		values = append(values, value)
		for part := range strings.FieldsFuncSeq(value, func(r rune) bool { return strings.ContainsRune(" ;,\"", r) }) {
			if _, after, found := strings.Cut(part, "="); found && after != "" {
				values = append(values, keyIn(after)...)
			}
			values = append(values, keyIn(part)...)
			if login, err := base64.StdEncoding.DecodeString(part); err == nil && strings.HasPrefix(strings.ToLower(value), "basic ") {
				_, password, _ := strings.Cut(string(login), ":")
				values = append(values, keyIn(password)...)
			}
		}
	}
	if s.UserAgent != "" {
		values = append(values, string(s.UserAgent))
	}
	return values
}

// keyIn returns part unless it is short or a word, such as the name of a scheme.
func keyIn(part string) []string {
	if len(part) < 8 || strings.Trim(strings.ToLower(part), "abcdefghijklmnopqrstuvwxyz-") == "" && len(part) < 20 {
		return nil
	}
	return []string{part}
}

// RedactHeaders returns a piece of feeds.yaml with the header fields and User-Agents of sources replaced, also those
// that are no secret.
func RedactHeaders(sources []broadsheet.Source, text string) string {
	for _, s := range sources {
		hide := map[string]string{"user_agent": string(s.UserAgent)}
		for name, value := range s.Headers {
			hide[name] = value
		}
		for name, value := range hide {
			if value == "" {
				continue
			}
			for _, form := range []string{value, strings.ReplaceAll(value, "'", "''"), strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value)} {
				if len(form) >= 6 {
					text = strings.ReplaceAll(text, form, redacted)
				}
				named := regexp.MustCompile(`(?i)(\b` + regexp.QuoteMeta(name) + `["']?\s*:\s*["']?)` + regexp.QuoteMeta(form))
				text = named.ReplaceAllString(text, "${1}"+redacted)
			}
		}
	}
	return text
}
