package publish

import (
	"context"
	"fmt"
	"strings"

	"broadsheet"
	"broadsheet/internal/link"
)

// span is a run of the shelf's days that share a month or a year.
type span struct {
	Key      string // "2026-11", "2026"
	from, to int    // places in Days: from is the first, to is one after the last
}

// spans parts the shelf's days by the first n letters of their dates.
func (p *publisher) spans(n int) []span {
	var all []span
	for i, d := range p.source.Days {
		key := string(d.Day[:n])
		if len(all) == 0 || all[len(all)-1].Key != key {
			all = append(all, span{Key: key, from: i})
		}
		all[len(all)-1].to = i + 1
	}
	return all
}

func (p *publisher) days(s span) []Day { return p.source.Days[s.from:s.to] }

// checkDays refuses what is no date: an edition's path is made from it.
func checkDays(days []Day) error {
	for i, d := range days {
		if dayTime(d.Day).IsZero() {
			return fmt.Errorf("edition %q: its day is not a date; it must be YYYY-MM-DD", d.Day)
		}
		if i > 0 && days[i-1].Day >= d.Day {
			return fmt.Errorf("edition %s stands after %s; the days must be in order, each once", d.Day, days[i-1].Day)
		}
	}
	return nil
}

func folderPath(key string) string { return strings.ReplaceAll(key, "-", "/") + "/" }

// monthSheets are what a month has beside its days: its page and its part of the search index.
func (p *publisher) monthSheets(m span, over bool) []outputFile {
	from := fingerprint(p.days(m))
	return []outputFile{
		{path: folderPath(m.Key) + "index.html", from: fingerprint(from, over), make: func(ctx context.Context) ([]byte, error) {
			return p.monthPage(ctx, m, over)
		}},
		{path: shardPath(m.Key), from: from, make: func(ctx context.Context) ([]byte, error) { return p.shard(ctx, m) }},
	}
}

func (p *publisher) monthPage(ctx context.Context, m span, over bool) ([]byte, error) {
	view := p.monthView(m)
	for i := m.to - 1; i >= m.from; i-- {
		e, err := p.edition(ctx, p.source.Days[i].Day)
		if err != nil {
			return nil, err
		}
		d := &view.Days[m.to-1-i]
		for _, pick := range e.Picks {
			l := Link{Text: title(pick), Href: link.WebURI(pick.Link), Note: clean(pick.SourceName)}
			l.Lang, l.Dir = p.scripted(pick.Language, l.Text)
			d.Links = append(d.Links, l)
		}
	}
	page := p.page("month", folderPath(m.Key), view.Name)
	page.Description = fmt.Sprintf("%s in %s.", count(view.Articles, "article"), view.Name)
	page.Months = []MonthView{view}
	if over {
		page.Feed = archivePath(m.Key)
	}
	return p.theme.render("month", page)
}

func (p *publisher) monthView(m span) MonthView {
	v := MonthView{Name: monthName(m.Key), Path: folderPath(m.Key), Year: m.Key[:4], YearPath: m.Key[:4] + "/", Editions: m.to - m.from}
	for i := m.to - 1; i >= m.from; i-- {
		d := p.source.Days[i]
		v.Articles += d.Picks
		v.Days = append(v.Days, DayView{Day: string(d.Day), Date: dayTime(d.Day).Format(longDate), Path: dayPath(d.Day), Number: d.Number, Articles: d.Picks})
	}
	return v
}

func monthName(key string) string {
	return dayTime(broadsheet.Day(key + "-01")).Format("January 2006")
}

// monthViews are months, newest first.
func (p *publisher) monthViews(months []span) []MonthView {
	var all []MonthView
	for i := len(months) - 1; i >= 0; i-- {
		all = append(all, p.monthView(months[i]))
	}
	return all
}

// yearSheets are a year's page and its part of the sitemap.
func (p *publisher) yearSheets(y span, months []span) []outputFile {
	from := fingerprint(p.days(y))
	var own []span
	for _, m := range months {
		if m.Key[:4] == y.Key {
			own = append(own, m)
		}
	}
	all := []outputFile{{path: y.Key + "/index.html", from: from, make: func(context.Context) ([]byte, error) {
		page := p.page("year", y.Key+"/", y.Key)
		page.Months = p.monthViews(own)
		page.Description = "The editions of " + y.Key + "."
		return p.theme.render("year", page)
	}}}
	if p.site != "" {
		all = append(all, outputFile{path: "sitemap-" + y.Key + ".xml", from: from, make: func(context.Context) ([]byte, error) {
			return p.yearSitemap(y, own), nil
		}})
	}
	return all
}

func (p *publisher) archiveSheet(months []span) outputFile {
	return outputFile{path: "archive/index.html", last: true, make: func(context.Context) ([]byte, error) {
		page := p.page("archive", "archive/", "Archive")
		for _, v := range p.monthViews(months) {
			if n := len(page.Years); n == 0 || page.Years[n-1].Name != v.Year {
				page.Years = append(page.Years, YearView{Name: v.Year, Path: v.YearPath})
			}
			y := &page.Years[len(page.Years)-1]
			y.Months = append(y.Months, v)
		}
		page.Description = "All editions of " + p.config.Title + ", by month."
		return p.theme.render("archive", page)
	}}
}
