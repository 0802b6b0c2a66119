// Package date parses dates in the forms that people and programs write.
package date

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Order is the order of day and month in dates such as 05/03/2019, for which the date alone does not show it.
type Order int

const (
	DayFirst   Order = iota // 05/03/2019 is 5 March: most of the world
	MonthFirst              // 05/03/2019 is May 3rd: the United States
)

// Parse parses a date in any form that a person could read, and returns it in UTC. A date without a time is at midnight,
// one without a zone in UTC. A day that its month does not have runs over into the next month, as RFC 822 parsers have
// always read it.
//
// In numbers such as 05/03/2019, day and month are in the order that is possible and matches the weekday, if one is
// given; otherwise in the given order. With dots the day always comes first.
func Parse(text string, order Order) (time.Time, bool) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > 200 {
		return time.Time{}, false
	}
	if at, ok := parseCommon(text); ok {
		return plausible(at)
	}
	d := parser{text: foldDate(text), order: order}
	if at, ok := d.parseDigits(); ok {
		return plausible(at)
	}
	d.takeTime()
	if !d.parseISO() && !d.parseNamedMonth() && !d.parseNumeric() {
		return time.Time{}, false
	}
	return plausible(d.time())
}

// parseCommon parses the forms that nearly all feeds use, without the cost of the others.
func parseCommon(text string) (time.Time, bool) {
	layout := time.RFC3339
	switch c := text[0]; {
	case c >= '0' && c <= '9':
	case strings.HasSuffix(text, " GMT"):
		layout = time.RFC1123
	default:
		layout = time.RFC1123Z
	}
	at, err := time.Parse(layout, text)
	return at, err == nil
}

// plausible rejects the years that no calendar in use has. Programs write them for "no date".
func plausible(at time.Time) (time.Time, bool) {
	at = at.UTC()
	return at, at.Year() > 1 && at.Year() <= 9999
}

// parser holds a date while it is parsed.
type parser struct {
	text             string // what has not been parsed yet, in lower case without accents
	order            Order
	year, month, day int
	hour, min, sec   int
	nanos            int
	zone             *time.Location
}

func (d *parser) time() time.Time {
	zone := d.zone
	if zone == nil {
		zone = time.UTC
	}
	return time.Date(d.year, time.Month(d.month), d.day, d.hour, d.min, d.sec, d.nanos, zone)
}

var parenthesized = regexp.MustCompile(`\([^()]*\)`)

// foldDate returns a date in lower case without accents, its digits as ASCII, and the characters that separate dates and
// times in Chinese, Japanese and Korean as "-" and ":".
func foldDate(text string) string {
	text = parenthesized.ReplaceAllString(text, " ")
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case unicode.IsDigit(r):
			return '0' + rune(digitValue(r))
		case unicode.IsSpace(r):
			return ' '
		case r == 'ı' || r == 'İ':
			return 'i'
		case r == '−' || r == '–' || r == '—' || r == '‐' || r == '‑':
			return '-'
		case r == '：':
			return ':'
		case r == '／':
			return '/'
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(text))
	text = norm.NFC.String(text) // Hangul, which NFKD takes apart
	return strings.Join(strings.Fields(cjkReplacer.Replace(text)), " ")
}

// digitValue returns the value of a decimal digit of any script. Each script has its ten digits in a row.
func digitValue(r rune) int {
	zero := r
	for unicode.IsDigit(zero-1) && r-zero < 9 {
		zero--
	}
	if r < 0x80 {
		zero = '0'
	}
	return int(r - zero)
}

var cjkReplacer = strings.NewReplacer(
	"年", "-", "月", "-", "日", " ", "号", " ", "時", ":", "时", ":", "點", ":", "点", ":", "分", ":", "秒", " ",
	"년 ", "-", "년", "-", "월 ", "-", "월", "-", "일", " ", "시 ", ":", "시", ":", "분 ", ":", "분", ":", "초", " ",
	"午前", " am ", "午後", " pm ", "上午", " am ", "下午", " pm ", "오전", " am ", "오후", " pm ",
	"a.m.", "am", "p.m.", "pm", "a. m.", "am", "p. m.", "pm",
)

var allDigits = regexp.MustCompile(`^[0-9]+(?:\.[0-9]{1,9})?$`)

// parseDigits parses dates that are nothing but digits: a calendar date, or seconds, milliseconds, microseconds or
// nanoseconds since 1970.
func (d *parser) parseDigits() (time.Time, bool) {
	if !allDigits.MatchString(d.text) {
		return time.Time{}, false
	}
	whole, _, _ := strings.Cut(d.text, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	for _, form := range []struct {
		size   int
		layout string
	}{{4, "2006"}, {7, "2006002"}, {8, "20060102"}, {12, "200601021504"}, {14, "20060102150405"}} {
		if len(whole) == form.size && whole == d.text {
			at, err := time.Parse(form.layout, whole)
			return at, err == nil
		}
	}
	switch {
	case len(whole) == 9 || len(whole) == 10:
		return time.Unix(n, 0), true
	case len(whole) == 13:
		return time.UnixMilli(n), true
	case len(whole) == 16:
		return time.UnixMicro(n), true
	case len(whole) == 19:
		return time.Unix(0, n), true
	}
	return time.Time{}, false
}

var (
	clockTime = regexp.MustCompile(`(^|[^0-9])([0-9]{1,2}) ?(?::|h) ?([0-9]{1,2})(?: ?[:.] ?([0-9]{1,2})(?:[.,:]([0-9]+))?)?:?(?: ?([ap]m)\b)?`)
	basicTime = regexp.MustCompile(`([0-9])(t)([0-9]{2})([0-9]{2})(?:([0-9]{2})(?:[.,]([0-9]+))?)?`)
	hourOnly  = regexp.MustCompile(`(^|[^0-9])([0-9]{1,2}) ?([ap]m)\b`)
	ampmWord  = regexp.MustCompile(`\b([ap])m\b`)
)

// takeTime parses the time of day and the zone, and removes both from the text.
func (d *parser) takeTime() {
	if at := clockTime.FindStringSubmatchIndex(d.text); at != nil {
		d.takeTimeMatch(at, 4, 6, 8, 10, 12)
		return
	}
	if at := basicTime.FindStringSubmatchIndex(d.text); at != nil {
		d.takeTimeMatch(at, 6, 8, 10, 12, -1)
		return
	}
	if at := hourOnly.FindStringSubmatchIndex(d.text); at != nil {
		d.takeTimeMatch(at, 4, -1, -1, -1, 6)
	}
}

// takeTimeMatch takes the time from a match of a pattern. The parameters after at are the indexes in at of hour, minute,
// second, fraction and am or pm; -1 where the pattern has none.
func (d *parser) takeTimeMatch(at []int, hour, min, sec, fraction, ampm int) {
	group := func(i int) string {
		if i < 0 || at[i] < 0 {
			return ""
		}
		return d.text[at[i]:at[i+1]]
	}
	h, m, s := number(group(hour)), number(group(min)), number(group(sec))
	suffix, nanos := group(ampm), fractionNanos(group(fraction))
	before, after := d.text[:at[3]], d.text[at[1]:]
	d.zone, after = takeZone(after)
	if d.zone == nil {
		d.zone, before = takeNamedZone(before)
	}
	d.text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(before), "t") + " " + after)
	if suffix == "" {
		suffix = d.takeAMPM()
	}
	switch {
	case strings.HasPrefix(suffix, "p") && h < 12:
		h += 12
	case strings.HasPrefix(suffix, "a") && h == 12:
		h = 0
	}
	if h > 24 || m > 59 || s > 60 || h == 24 && m+s > 0 {
		return // no such time, but the day is still good
	}
	d.hour, d.min, d.sec, d.nanos = h, m, s, nanos
}

// takeAMPM removes an "am" or "pm" apart from the time and returns its first letter. In Korean it precedes the time.
func (d *parser) takeAMPM() string {
	at := ampmWord.FindStringSubmatchIndex(d.text)
	if at == nil {
		return ""
	}
	found := d.text[at[2]:at[3]]
	d.text = d.text[:at[0]] + " " + d.text[at[1]:]
	return found
}

func fractionNanos(digits string) int {
	if digits == "" {
		return 0
	}
	return number((digits + "000000000")[:9])
}

// number returns the value of a few digits; 0 if there are none.
func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}

var (
	isoDay     = regexp.MustCompile(`^[^0-9]*\b([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})\b`)
	isoBasic   = regexp.MustCompile(`^([0-9]{4})([0-9]{2})([0-9]{2})\b`)
	isoMonth   = regexp.MustCompile(`^([0-9]{4})[-/]([0-9]{1,2})-?$`)
	isoYear    = regexp.MustCompile(`^([0-9]{4})-?$`)
	isoOrdinal = regexp.MustCompile(`^([0-9]{4})-?([0-9]{3})\b`)
	isoWeek    = regexp.MustCompile(`^([0-9]{4})-?w([0-9]{2})(?:-?([1-7]))?\b`)
)

// parseISO parses dates that begin with the year: ISO 8601, W3C-DTF, and similar ones with slashes and dots.
func (d *parser) parseISO() bool {
	text := d.text
	if m := isoDay.FindStringSubmatch(text); m != nil {
		return d.set(number(m[1]), number(m[2]), number(m[3])) || d.set(number(m[1]), number(m[3]), number(m[2]))
	}
	if m := isoBasic.FindStringSubmatch(text); m != nil {
		return d.set(number(m[1]), number(m[2]), number(m[3]))
	}
	if m := isoWeek.FindStringSubmatch(text); m != nil {
		return d.setWeek(number(m[1]), number(m[2]), max(number(m[3]), 1))
	}
	if m := isoOrdinal.FindStringSubmatch(text); m != nil && number(m[2]) >= 1 && number(m[2]) <= 366 {
		d.year, d.month, d.day = number(m[1]), 1, number(m[2])
		return true
	}
	if m := isoMonth.FindStringSubmatch(text); m != nil {
		return d.set(number(m[1]), number(m[2]), 1)
	}
	if m := isoYear.FindStringSubmatch(text); m != nil {
		return d.set(number(m[1]), 1, 1)
	}
	return false
}

func (d *parser) set(year, month, day int) bool {
	if month < 1 || month > 12 || day < 1 || day > 31 {
		return false
	}
	d.year, d.month, d.day = year, month, day
	return true
}

// setWeek sets the day of an ISO week: week 1 contains 4 January, and weeks begin on Monday.
func (d *parser) setWeek(year, week, weekday int) bool {
	if week < 1 || week > 53 {
		return false
	}
	fourth := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC)
	monday := 4 - (int(fourth.Weekday())+6)%7
	d.year, d.month, d.day = year, 1, monday+7*(week-1)+weekday-1
	return true
}

var wordOrNumber = regexp.MustCompile(`[0-9]+|\pL+`)

// parseNamedMonth parses dates that name the month.
func (d *parser) parseNamedMonth() bool {
	month := 0
	var numbers []string
	for _, p := range wordOrNumber.FindAllString(d.text, 20) {
		if p[0] >= '0' && p[0] <= '9' {
			numbers = append(numbers, p)
		} else if m := monthNames[p]; m > 0 {
			month = m // the last one counts: "mar" is March, and Tuesday in four languages
		}
	}
	if month == 0 || len(numbers) == 0 || len(numbers) > 3 {
		return false
	}
	if len(numbers) == 1 {
		return len(numbers[0]) == 4 && d.set(number(numbers[0]), month, 1)
	}
	day, year := numbers[0], numbers[1]
	if len(day) > 2 {
		day, year = year, day
	}
	return len(day) <= 2 && d.set(fullYear(year), month, number(day))
}

// fullYear returns the year that two or three digits mean (RFC 5322 section 4.3).
func fullYear(digits string) int {
	year := number(digits)
	switch {
	case len(digits) == 3, len(digits) <= 2 && year >= 50:
		return 1900 + year
	case len(digits) <= 2:
		return 2000 + year
	}
	return year
}

var numericDate = regexp.MustCompile(`(?:^|[^0-9])([0-9]{1,4}) ?([-/. ]) ?([0-9]{1,2}) ?[-/. ] ?([0-9]{4}|[0-9]{2})(?:$|[^0-9])`)

// parseNumeric parses dates such as 22.11.2022, 5/3/2019 and 03-12-31.
func (d *parser) parseNumeric() bool {
	m := numericDate.FindStringSubmatch(d.text)
	if m == nil {
		return false
	}
	a, b, c := number(m[1]), number(m[3]), fullYear(m[4])
	switch {
	case len(m[1]) > 2:
		return d.set(fullYear(m[1]), b, number(m[4]))
	case a > 31:
		return d.set(fullYear(m[1]), b, number(m[4]))
	case m[2] == ".":
		return d.set(c, b, a) || d.set(c, a, b)
	}
	if weekday, given := d.weekday(); given && a <= 12 && b <= 12 {
		if at := time.Date(c, time.Month(a), b, 0, 0, 0, 0, time.UTC); at.Weekday() == weekday {
			return d.set(c, a, b)
		}
		if at := time.Date(c, time.Month(b), a, 0, 0, 0, 0, time.UTC); at.Weekday() == weekday {
			return d.set(c, b, a)
		}
	}
	if d.order == MonthFirst {
		return d.set(c, a, b) || d.set(c, b, a)
	}
	return d.set(c, b, a) || d.set(c, a, b)
}

func (d *parser) weekday() (time.Weekday, bool) {
	for _, p := range wordOrNumber.FindAllString(d.text, 8) {
		for day := time.Sunday; day <= time.Saturday; day++ {
			if len(p) >= 3 && strings.HasPrefix(strings.ToLower(day.String()), p) {
				return day, true
			}
		}
	}
	return 0, false
}

// ambiguous matches dates such as 05/03/2019 and 5-3-19, with the first two numbers as groups.
var ambiguous = regexp.MustCompile(`(?:^|[^0-9/.-])([0-9]{1,2})[-/]([0-9]{1,2})[-/](?:[0-9]{4}|[0-9]{2})(?:$|[^0-9/.-])`)

// IsAmbiguous reports whether text has a date in numbers whose day and month could be swapped, such as 05/03/2019.
func IsAmbiguous(text string) bool { return ambiguous.MatchString(text) }

// DetectOrder returns the order of day and month in the dates of a feed. One date with a day after the 12th shows it for
// all. If there is none, the day comes first, unless the language or a time zone is American.
func DetectOrder(dates []string, language string) Order {
	american := strings.EqualFold(language, "en-us") || strings.EqualFold(language, "en_us")
	for _, date := range dates {
		m := ambiguous.FindStringSubmatch(date)
		if m == nil {
			continue
		}
		switch first, second := number(m[1]), number(m[2]); {
		case first > 12:
			return DayFirst
		case second > 12:
			return MonthFirst
		}
		american = american || americanZone.MatchString(date)
	}
	if american {
		return MonthFirst
	}
	return DayFirst
}

var americanZone = regexp.MustCompile(`\b[ECMP][SD]?T\b`)

var pathDate = regexp.MustCompile(`/((?:19|20)[0-9]{2})([/-]?)([01][0-9])([/-]?)([0-3][0-9])(?:[/_.-]|$)`)

// FromPath returns the day in the path of a link, such as /2024/03/05/title. It is the last resort if no date is given.
func FromPath(link string) (time.Time, bool) {
	m := pathDate.FindStringSubmatch(link)
	if m == nil || m[2] != m[4] {
		return time.Time{}, false
	}
	at := time.Date(number(m[1]), time.Month(number(m[3])), number(m[5]), 0, 0, 0, 0, time.UTC)
	return at, at.Day() == number(m[5]) && int(at.Month()) == number(m[3]) && at.Year() >= 1990
}
