package feed

import (
	"regexp"
	"strings"

	"broadsheet/fetch/text"
)

// authorNames returns the names of authors, in whatever form they are written. Mail addresses are used only where no
// author has a name.
func authorNames(author []string) []string {
	var all, mails []string
	for _, one := range author {
		switch name := personName(text.TitleText(one)); {
		case mailOnly.MatchString(name):
			mails = append(mails, name)
		case name != "":
			all = append(all, name)
		}
	}
	return text.CleanNames(firstNonEmpty(all, mails), text.MaxAuthors)
}

var (
	mailThenName = regexp.MustCompile(`^(?:mailto:)?[^\s@()<>]+@[^\s@()<>]+\s*[(\[]\s*([^()\[\]]+?)\s*[)\]]$`)
	nameThenMail = regexp.MustCompile(`^["']?([^"'<>@]*[^"'<>@\s(\[])["']?\s*[(<\[]\s*(?:mailto:)?[^\s@]+@[^\s@]+?\s*[)>\]]$`)
	mailOnly     = regexp.MustCompile(`^[(<\[]?\s*(?:mailto:)?([^\s@()<>]+@[^\s@()<>]+?)\s*[)>\]]?$`)
	mailWithin   = regexp.MustCompile(`\s*[(<\[]?(?:mailto:)?[^\s@()<>,;]+@[^\s@()<>,;]+[)>\]]?`)
)

// personName returns the name in "name", "mail (name)", "name (mail)", "name <mail>" and the like. Where there is no
// name it returns the mail address, or "" if that is an address that nobody reads (noreply@).
func personName(author string) string {
	author = strings.TrimSpace(author)
	if !strings.Contains(author, "@") {
		return strings.TrimSpace(strings.TrimPrefix(author, "by "))
	}
	for _, form := range []*regexp.Regexp{mailThenName, nameThenMail} {
		if m := form.FindStringSubmatch(author); m != nil {
			return strings.TrimSpace(m[1])
		}
	}
	if m := mailOnly.FindStringSubmatch(author); m != nil {
		if noReplyAddress.MatchString(m[1]) {
			return ""
		}
		return m[1]
	}
	if strings.HasPrefix(author, "@") { // a handle
		return author
	}
	if rest := strings.Trim(mailWithin.ReplaceAllString(author, ""), " ,;:()<>[]\"'-/"); rest != "" {
		return rest
	}
	return author
}

var noReplyAddress = regexp.MustCompile(`(?i)^(no-?reply|do-?not-?reply|nobody|unknown)@`)
