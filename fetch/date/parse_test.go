package date

import (
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		// RFC 822 and its variants
		{"RFC 822", "Tue, 10 Sep 2024 08:05:09 GMT", "2024-09-10T08:05:09Z"},
		{"offset", "Tue, 10 Sep 2024 08:05:09 +0200", "2024-09-10T06:05:09Z"},
		{"offset with colon", "Tue, 10 Sep 2024 08:05:09 -05:30", "2024-09-10T13:35:09Z"},
		{"no weekday", "10 Sep 2024 08:05:09 GMT", "2024-09-10T08:05:09Z"},
		{"no seconds", "Tue, 10 Sep 2024 08:05 GMT", "2024-09-10T08:05:00Z"},
		{"no time", "Tue, 10 Sep 2024", "2024-09-10T00:00:00Z"},
		{"one digit", "Tue, 3 Sep 2024 8:5:9 Z", "2024-09-03T08:05:09Z"},
		{"year of two digits", "Thu, 10 Sep 98 08:05:09 GMT", "1998-09-10T08:05:09Z"},
		{"year of two digits, this century", "10 Sep 24 08:05 GMT", "2024-09-10T08:05:00Z"},
		{"year of three digits", "10 Sep 124 08:05 GMT", "2024-09-10T08:05:00Z"},
		{"no space", "Tue,10 Sep 2024 08:05:09 GMT", "2024-09-10T08:05:09Z"},
		{"no comma", "Tue 10 Sep 2024 08:05:09 GMT", "2024-09-10T08:05:09Z"},
		{"commas", "Tue, 10 Sep, 2024, 08:05:09 UTC", "2024-09-10T08:05:09Z"},
		{"full names", "Tuesday, 10 September 2024 08:05:09 UT", "2024-09-10T08:05:09Z"},
		{"long abbreviations", "Tues, 10 Sept 2024 08:05:09 GMT", "2024-09-10T08:05:09Z"},
		{"month first", "Tue, Sep 10 2024 08:05:09 GMT", "2024-09-10T08:05:09Z"},
		{"hyphens", "10-Sep-2024 08:05:09", "2024-09-10T08:05:09Z"},
		{"hyphens, two digits", "Tuesday, 10-Sep-24 08:05:09 GMT", "2024-09-10T08:05:09Z"},
		{"upper case", "TUE, 10 SEP 2024 08:05:09 EST", "2024-09-10T13:05:09Z"},
		{"comment", "Tue, 10 Sep 2024 08:05:09 -0700 (PDT)", "2024-09-10T15:05:09Z"},
		{"offset then name", "Tue, 10 Sep 2024 08:05:09 +0000 UTC", "2024-09-10T08:05:09Z"},
		{"name then offset", "Tue, 10 Sep 2024 08:05:09 GMT+0200", "2024-09-10T06:05:09Z"},
		{"unusual offset", "Tue, 10 Sep 2024 08:05:09 GMT-01:01", "2024-09-10T09:06:09Z"},
		{"two minus signs", "Tue, 10 Sep 2024 08:05:09 --0400", "2024-09-10T12:05:09Z"},
		{"offset of hours only", "Tue, 10 Sep 2024 08:05:09 +02", "2024-09-10T06:05:09Z"},
		{"offset without a space", "Tue, 10 Sep 2024 08:05:09-0700", "2024-09-10T15:05:09Z"},
		{"ET", "Wed, 10 Jan 2024 08:05:09 ET", "2024-01-10T13:05:09Z"},
		{"CT", "Wed, 10 Jan 2024 08:05:09 CT", "2024-01-10T14:05:09Z"},
		{"MT", "Wed, 10 Jan 2024 08:05:09 MT", "2024-01-10T15:05:09Z"},
		{"PT", "Wed, 10 Jan 2024 08:05:09 PT", "2024-01-10T16:05:09Z"},
		{"PDT", "Tue, 10 Sep 2024 08:05:09 PDT", "2024-09-10T15:05:09Z"},
		{"MET", "Wed, 10 Jan 2024 08:05:09 MET", "2024-01-10T07:05:09Z"},
		{"MEST", "Tue, 10 Sep 2024 08:05:09 MEST", "2024-09-10T06:05:09Z"},
		{"CEST", "Tue, 10 Sep 2024 08:05:09 CEST", "2024-09-10T06:05:09Z"},
		{"military letter", "Tue, 10 Sep 2024 08:05:09 A", "2024-09-10T09:05:09Z"},
		{"zone by region", "Tue, 10 Sep 2024 08:05:09 Europe/Berlin", "2024-09-10T06:05:09Z"},
		{"zone by region of two words", "Tue, 10 Sep 2024 08:05:09 America/New_York", "2024-09-10T12:05:09Z"},
		{"etc", "Tue, 10 Sep 2024 08:05:09 Etc/GMT", "2024-09-10T08:05:09Z"},
		{"unknown zone", "Tue, 10 Sep 2024 08:05:09 XYZT", "2024-09-10T08:05:09Z"},
		{"midnight as 24", "Tue, 10 Sep 2024 24:00:00 GMT", "2024-09-11T00:00:00Z"},
		{"leap second", "Sat, 31 Dec 2016 23:59:60 GMT", "2017-01-01T00:00:00Z"},
		{"day that the month does not have", "Mon, 31 Jun 2024 08:05:09 GMT", "2024-07-01T08:05:09Z"},
		{"wrong weekday", "Mon, 10 Sep 2024 08:05:09 GMT", "2024-09-10T08:05:09Z"},
		{"weekday of another language", "Ter, 10 Set 2024 08:05:09 -0300", "2024-09-10T11:05:09Z"},
		{"PM", "Sat, Dec 16 2023 02:02:33 PM", "2023-12-16T14:02:33Z"},
		{"Go's time.Time.String", "2024-09-10 08:05:09.123456 +0000 UTC m=+0.1", "2024-09-10T08:05:09.123456Z"},

		// W3C-DTF and ISO 8601
		{"RFC 3339", "2024-09-10T08:05:09Z", "2024-09-10T08:05:09Z"},
		{"fraction", "2024-09-10T08:05:09.25+02:00", "2024-09-10T06:05:09.25Z"},
		{"no colon in the offset", "2024-09-10T08:05:09-0800", "2024-09-10T16:05:09Z"},
		{"lower case", "2024-09-10t08:05:09z", "2024-09-10T08:05:09Z"},
		{"minutes", "2024-09-10T08:05Z", "2024-09-10T08:05:00Z"},
		{"no zone", "2024-09-10T08:05", "2024-09-10T08:05:00Z"},
		{"day", "2024-09-10", "2024-09-10T00:00:00Z"},
		{"month", "2024-09", "2024-09-01T00:00:00Z"},
		{"year", "2024", "2024-01-01T00:00:00Z"},
		{"space for T", "2024-09-10 08:05:09", "2024-09-10T08:05:09Z"},
		{"space before the offset", "2024-09-10 08:05:09 +0100", "2024-09-10T07:05:09Z"},
		{"basic day", "20240910", "2024-09-10T00:00:00Z"},
		{"basic", "20240910T080509Z", "2024-09-10T08:05:09Z"},
		{"basic, without T", "20240910080509", "2024-09-10T08:05:09Z"},
		{"ordinal", "2024-254", "2024-09-10T00:00:00Z"},
		{"basic ordinal", "2024254", "2024-09-10T00:00:00Z"},
		{"ordinal with time", "2024-254T08:05:09Z", "2024-09-10T08:05:09Z"},
		{"week", "2024-W37-2", "2024-09-10T00:00:00Z"},
		{"week alone", "2024-W37", "2024-09-09T00:00:00Z"},
		{"basic week", "2020W011", "2019-12-30T00:00:00Z"},
		{"midnight as 24, ISO", "2024-09-10T24:00:00Z", "2024-09-11T00:00:00Z"},
		{"no such time", "2024-09-10T25:61:00Z", "2024-09-10T00:00:00Z"},

		// others
		{"asctime", "Tue Sep 10 08:05:09 2024", "2024-09-10T08:05:09Z"},
		{"date(1)", "Tue Sep 10 08:05:09 EST 2024", "2024-09-10T13:05:09Z"},
		{"JavaScript", "Tue Sep 10 2024 08:05:09 GMT+0200 (CEST)", "2024-09-10T06:05:09Z"},
		{"slashes, year first", "2020/1/10 14:33:00", "2020-01-10T14:33:00Z"},
		{"dots", "22.11.2022 12:16:00", "2022-11-22T12:16:00Z"},
		{"dots, always day first", "05.03.2019", "2019-03-05T00:00:00Z"},
		{"weekday decides", "Fri, 05/03/2019 - 15:21", "2019-05-03T15:21:00Z"},
		{"impossible month decides", "12/25/2023", "2023-12-25T00:00:00Z"},
		{"day first otherwise", "05/03/2019", "2019-03-05T00:00:00Z"},
		{"American", "September 10, 2024 10:00 am", "2024-09-10T10:00:00Z"},
		{"noon", "Sept. 10, 2024 at 12:05 p.m. EST", "2024-09-10T17:05:00Z"},
		{"ordinal numbers", "September 10th, 2024", "2024-09-10T00:00:00Z"},
		{"hour with pm", "10 Sep 2024, 8 pm", "2024-09-10T20:00:00Z"},
		{"month and year", "September 2024", "2024-09-01T00:00:00Z"},
		{"seconds since 1970", "1725955509", "2024-09-10T08:05:09Z"},
		{"milliseconds since 1970", "1725955509250", "2024-09-10T08:05:09Z"},
		{"words around", "Published on 10 Sep 2024", "2024-09-10T00:00:00Z"},

		// languages
		{"German", "Di, 10 Mär 2020 08:05:09 +0100", "2020-03-10T07:05:09Z"},
		{"German, long", "10. Dezember 2024 um 08:05 Uhr", "2024-12-10T08:05:00Z"},
		{"French", "mar., 10 août 2021 08:05:09 +0200", "2021-08-10T06:05:09Z"},
		{"French hour", "10 février 2024 à 8h05", "2024-02-10T08:05:00Z"},
		{"Spanish", "10 de enero de 2024", "2024-01-10T00:00:00Z"},
		{"Portuguese", "10 de março de 2024, 08:05", "2024-03-10T08:05:00Z"},
		{"Italian", "mar, 10 dic 2024 08:05:09 +0100", "2024-12-10T07:05:09Z"},
		{"Dutch", "10 mei 2024", "2024-05-10T00:00:00Z"},
		{"Swedish", "10 oktober 2024 kl. 08:05", "2024-10-10T08:05:00Z"},
		{"Polish", "10 października 2024", "2024-10-10T00:00:00Z"},
		{"Czech", "10. září 2024", "2024-09-10T00:00:00Z"},
		{"Russian", "10 сентября 2024 г., 08:05", "2024-09-10T08:05:00Z"},
		{"Russian May", "10 май 2024", "2024-05-10T00:00:00Z"},
		{"Ukrainian", "10 травня 2024", "2024-05-10T00:00:00Z"},
		{"Turkish", "10 Ağustos 2024", "2024-08-10T00:00:00Z"},
		{"Turkish November", "10 Kasım 2024", "2024-11-10T00:00:00Z"},
		{"Hungarian", "2024. szeptember 10. 08:05", "2024-09-10T08:05:00Z"},
		{"Hungarian, mixed", "2004-szeptember-10T8:05", "2004-09-10T08:05:00Z"},
		{"Greek", "Τρι, 10 Σεπ 2024 08:05:09 EET", "2024-09-10T06:05:09Z"},
		{"Chinese", "2024年9月10日 下午8:05", "2024-09-10T20:05:00Z"},
		{"Chinese without zeros", "2024年9月10日8时5分9秒", "2024-09-10T08:05:09Z"},
		{"Japanese", "2024年09月10日 08時05分", "2024-09-10T08:05:00Z"},
		{"Korean", "2024년 9월 10일 오후 8:05", "2024-09-10T20:05:00Z"},
		{"Korean dots", "2024. 9. 10. 오전 8:05:09", "2024-09-10T08:05:09Z"},
		{"Arabic digits", "٢٠٢٤-٠٩-١٠", "2024-09-10T00:00:00Z"},
		{"full width", "２０２４－０９－１０", "2024-09-10T00:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := Parse(c.text, DayFirst)
			if !ok || got.Truncate(time.Second).Format(time.RFC3339Nano) != c.want && got.Format(time.RFC3339Nano) != c.want {
				t.Errorf("%q became %v, %v, want %s", c.text, got, ok, c.want)
			}
		})
	}
}

func TestParse_NotADate(t *testing.T) {
	for _, text := range []string{
		"", "yesterday", "soon", "Thu, 99 Jan 2024 08:05 GMT", "10 Foo 2024", "2024-13-45", "1.2.3", "08:05:09", "Tuesday", "12345",
		"0000-00-00T00:00:00Z", "0001-01-01T00:00:00Z", "2024-W54", "2024-367", "May", "5 min read",
	} {
		if got, ok := Parse(text, DayFirst); ok {
			t.Errorf("%q became %v", text, got)
		}
	}
}

func TestDetectOrder(t *testing.T) {
	for _, c := range []struct {
		name, language string
		dates          []string
		want           Order
	}{
		{"nothing to detect from", "", []string{"01/02/2024"}, DayFirst},
		{"a thirteenth day in second place", "", []string{"01/02/2024", "01/13/2024"}, MonthFirst},
		{"a thirteenth day in first place", "en-US", []string{"01/02/2024", "13/01/2024"}, DayFirst},
		{"American language", "en-us", []string{"01/02/2024"}, MonthFirst},
		{"American zone", "", []string{"01/02/2024 08:05 EST"}, MonthFirst},
		{"unambiguous forms are ignored", "", []string{"2024/01/13", "13.01.2024", "10 Sep 2024 08:00 EST"}, DayFirst},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := DetectOrder(c.dates, c.language); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
	if at, _ := Parse("01/02/2024", MonthFirst); at.Month() != time.January {
		t.Errorf("month first became %v", at)
	}
}

func TestFromPath(t *testing.T) {
	for link, want := range map[string]string{
		"https://a.example/2024/03/05/title":   "2024-03-05",
		"https://a.example/blog/2024-03-05-x/": "2024-03-05",
		"https://a.example/20240305-x":         "2024-03-05",
		"https://a.example/2024/03/05":         "2024-03-05",
		"https://a.example/2024/02/31/x":       "",
		"https://a.example/2024/03/title":      "",
		"https://a.example/item/20240305123":   "",
		"https://a.example/1890/03/05/x":       "",
		"https://a.example/2024/03-05/x":       "",
		"https://a.example/x?day=/2024/13/05/": "",
	} {
		at, ok := FromPath(link)
		if got := at.Format(time.DateOnly); ok != (want != "") || ok && got != want {
			t.Errorf("%s: %v, %v, want %q", link, got, ok, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("Tue, 10 Sep 2024 08:05:09 GMT")
	f.Add("2024년 9월 10일 오후 8:05")
	f.Add("05/03/19 8 pm +99:99")
	f.Fuzz(func(t *testing.T, text string) {
		at, ok := Parse(text, MonthFirst)
		if ok && (at.Year() < 1 || at.Year() > 9999 || at.Location() != time.UTC) {
			t.Fatalf("%q became %v", text, at)
		}
		FromPath(text)
		DetectOrder([]string{text}, text)
	})
}
