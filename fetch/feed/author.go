package feed

import (
	"regexp"
	"strings"

	"broadsheet/fetch/text"
)

// people are the names of authors, told in whatever form. Mail addresses count where nobody has a name.
func people(told []string) []string {
	var all, mails []string
	for _, one := range told {
		switch name := personName(text.TitleText(one)); {
		case mailOnly.MatchString(name):
			mails = append(mails, name)
		case name != "":
			all = append(all, name)
		}
	}
	return text.Names(or(all, mails), text.MaxAuthors)
}

var (
	mailThenName = regexp.MustCompile(`^(?:mailto:)?[^\s@()<>]+@[^\s@()<>]+\s*[(\[]\s*([^()\[\]]+?)\s*[)\]]$`)
	nameThenMail = regexp.MustCompile(`^["']?([^"'<>@]*[^"'<>@\s(\[])["']?\s*[(<\[]\s*(?:mailto:)?[^\s@]+@[^\s@]+?\s*[)>\]]$`)
	mailOnly     = regexp.MustCompile(`^[(<\[]?\s*(?:mailto:)?([^\s@()<>]+@[^\s@()<>]+?)\s*[)>\]]?$`)
	mailWithin   = regexp.MustCompile(`\s*[(<\[]?(?:mailto:)?[^\s@()<>,;]+@[^\s@()<>,;]+[)>\]]?`)
)

// personName is the name in "name", "mail (name)", "name (mail)", "name <mail>" and the like; the mail address where there
// is no name, unless nobody reads it.
func personName(told string) string {
	told = strings.TrimSpace(told)
	if !strings.Contains(told, "@") {
		return strings.TrimSpace(strings.TrimPrefix(told, "by "))
	}
	for _, form := range []*regexp.Regexp{mailThenName, nameThenMail} {
		if m := form.FindStringSubmatch(told); m != nil {
			return strings.TrimSpace(m[1])
		}
	}
	if m := mailOnly.FindStringSubmatch(told); m != nil {
		if nobody.MatchString(m[1]) {
			return ""
		}
		return m[1]
	}
	if strings.HasPrefix(told, "@") { // a handle
		return told
	}
	if rest := strings.Trim(mailWithin.ReplaceAllString(told, ""), " ,;:()<>[]\"'-/"); rest != "" {
		return rest
	}
	return told
}

var nobody = regexp.MustCompile(`(?i)^(no-?reply|do-?not-?reply|nobody|unknown)@`)
