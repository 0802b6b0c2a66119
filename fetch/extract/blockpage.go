package extract

import (
	"strings"

	"broadsheet"
	"broadsheet/internal/excerpt"
)

// blockPagePhrases are phrases of pages that a site shows instead of an article, by the reason why it does. They are
// searched for in the title and the text of a page with little text, in this order. The phrases of a reason are
// separated by "|".
var blockPagePhrases = []struct{ reason, phrases string }{
	{"captcha", "just a moment|attention required|checking your browser|are you a robot|are you human|verify you are human|verifying you are human|security check|captcha|unusual traffic|ddos protection|pardon our interruption|bot verification|one more step|human verification"},
	{"refused", "access denied|403 forbidden|forbidden|you have been blocked|request blocked|error 1020|429 too many"},
	{"not found", "page not found|404|not found|page doesn't exist|page does not exist|no longer available|seite nicht gefunden|page introuvable|página no encontrada|pagina non trovata|página não encontrada|pagina niet gevonden|страница не найдена|页面不存在|ページが見つかりません|페이지를 찾을 수 없습니다"},
	{"login", "log in|login|sign in|sign up|create an account|anmelden|einloggen|se connecter|iniciar sesión|accedi|inloggen|logga in|войти|登录|ログイン|로그인"},
	{"cookie wall", "before you continue|we value your privacy|your privacy choices|cookie consent|privacy settings|we use cookies|accept all cookies|wir verwenden cookies|nous utilisons des cookies|datenschutzeinstellungen|is part of the yahoo family|consent to the use"},
	{"parked domain", "domain is for sale|domain may be for sale|buy this domain|this domain is parked|domain has expired|account suspended|website expired|default web page|welcome to nginx|it works!"},
	{"needs javascript", "enable javascript|javascript is disabled|javascript is required|requires javascript|javascript to run this app|browser is not supported|unsupported browser"},
}

// blockPage returns the reason why a page is not the article that was requested, or "" if it is the article.
func blockPage(page broadsheet.Page, doc *pageDoc) string {
	if page.Words > 150 {
		return ""
	}
	title := strings.ToLower(page.Title)
	for _, b := range blockPagePhrases {
		for phrase := range strings.SplitSeq(b.phrases, "|") {
			if at := strings.Index(title, phrase); at >= 0 && len(title) < 3*len(phrase)+25 && (at == 0 || page.Words < 60) {
				if page.Words < 60 || at == 0 && len(title) < len(phrase)+8 {
					return b.reason
				}
			}
		}
	}
	if page.Words > 60 {
		return ""
	}
	visible := strings.ToLower(page.Text + " " + doc.visibleText(1500))
	if doc.hasScripts && excerpt.CountWords(visible) < 4 {
		return "needs javascript"
	}
	for _, b := range blockPagePhrases {
		if b.reason == "login" || b.reason == "not found" && page.Words > 25 {
			continue
		}
		for phrase := range strings.SplitSeq(b.phrases, "|") {
			if len(phrase) > 8 && strings.Contains(visible, phrase) &&
				(page.Words < 25 || strings.Contains(strings.ToLower(page.Text), phrase)) {
				return b.reason
			}
		}
	}
	return ""
}

// visibleText returns the beginning of all text that the page shows, boilerplate included: the blocks up to the one in
// which it exceeds limit bytes.
func (d *pageDoc) visibleText(limit int) string {
	var text strings.Builder
	for i := range d.blocks {
		if text.Len() > limit {
			break
		}
		text.WriteString(d.blocks[i].text)
		text.WriteByte(' ')
	}
	return text.String()
}
