package publish

import (
	"context"
	"fmt"
	"strings"

	"broadsheet"
	"broadsheet/internal/link"
)

// period is a month or a year that has editions.
type period struct {
	Key      string // "2026-11", "2026"
	from, to int    // its editions are p.src.Days[from:to]
}

// periods groups the editions by the first n letters of their dates, oldest first: n is 7 for months, 4 for years.
func (p *publisher) periods(n int) []period {
	var all []period
	for i, d := range p.src.Days {
		key := string(d.Day[:n])
		if len(all) == 0 || all[len(all)-1].Key != key {
			all = append(all, period{Key: key, from: i})
		}
		all[len(all)-1].to = i + 1
	}
	return all
}

func (p *publisher) days(s period) []EditionRef { return p.src.Days[s.from:s.to] }

// countPicks returns the number of picks in all editions of a period.
func (p *publisher) countPicks(s period) int {
	n := 0
	for _, d := range p.days(s) {
		n += d.Picks
	}
	return n
}

// checkDays returns an error unless all days are dates, in ascending order: the paths of editions are made from them.
func checkDays(days []EditionRef) error {
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

// periodPath returns the path of the folder of a month or year ("2026-11" → "2026/11/").
func periodPath(key string) string { return strings.ReplaceAll(key, "-", "/") + "/" }

// monthPageFiles returns the page of a month and its shard of the search index. over reports whether the month is over.
func (p *publisher) monthPageFiles(m period, over bool) []outputFile {
	hash := hashOf(p.days(m))
	return []outputFile{
		{path: periodPath(m.Key) + "index.html", inputHash: hashOf(hash, over), make: func(ctx context.Context) ([]byte, error) {
			return p.renderMonth(ctx, m, over)
		}},
		{path: searchShardPath(m.Key), inputHash: hash, make: func(ctx context.Context) ([]byte, error) { return p.searchShard(ctx, m) }},
	}
}

func (p *publisher) renderMonth(ctx context.Context, m period, over bool) ([]byte, error) {
	view := p.monthView(m)
	for i := m.to - 1; i >= m.from; i-- {
		e, err := p.edition(ctx, p.src.Days[i].Day)
		if err != nil {
			return nil, err
		}
		d := &view.Days[m.to-1-i]
		for _, pick := range e.Picks {
			l := Link{Text: title(pick), Href: link.WebURI(pick.Link), Note: clean(pick.SourceName)}
			l.Lang, l.Dir = p.langAndDir(pick.Language, l.Text)
			d.Links = append(d.Links, l)
		}
	}
	page := p.page("month", periodPath(m.Key), view.Name)
	page.Description = fmt.Sprintf("%s in %s.", count(view.Articles, "article"), view.Name)
	page.Months = []MonthView{view}
	if over {
		page.Feed = archivePath(m.Key)
	}
	return p.theme.render("month", page)
}

func (p *publisher) monthView(m period) MonthView {
	v := MonthView{Name: monthName(m.Key), Path: periodPath(m.Key), Year: m.Key[:4], YearPath: m.Key[:4] + "/", Editions: m.to - m.from}
	for i := m.to - 1; i >= m.from; i-- {
		d := p.src.Days[i]
		v.Articles += d.Picks
		v.Days = append(v.Days, DayView{Day: string(d.Day), Date: dayTime(d.Day).Format(longDate), Path: dayPath(d.Day), Number: d.Number, Articles: d.Picks})
	}
	return v
}

func monthName(key string) string {
	return dayTime(broadsheet.Day(key + "-01")).Format("January 2006")
}

// monthViews returns the views of months, newest first.
func (p *publisher) monthViews(months []period) []MonthView {
	var all []MonthView
	for i := len(months) - 1; i >= 0; i-- {
		all = append(all, p.monthView(months[i]))
	}
	return all
}

// yearFiles returns the page of a year and its sitemap.
func (p *publisher) yearFiles(y period, months []period) []outputFile {
	hash := hashOf(p.days(y))
	var own []period
	for _, m := range months {
		if m.Key[:4] == y.Key {
			own = append(own, m)
		}
	}
	all := []outputFile{{path: y.Key + "/index.html", inputHash: hash, make: func(context.Context) ([]byte, error) {
		page := p.page("year", y.Key+"/", y.Key)
		page.Months = p.monthViews(own)
		page.Description = "The editions of " + y.Key + "."
		return p.theme.render("year", page)
	}}}
	if p.site != "" {
		all = append(all, outputFile{path: "sitemap-" + y.Key + ".xml", inputHash: hash, make: func(context.Context) ([]byte, error) {
			return p.yearSitemap(y, own), nil
		}})
	}
	return all
}

// archivePageFile returns the page that lists all months.
func (p *publisher) archivePageFile(months []period) outputFile {
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
