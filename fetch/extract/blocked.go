package extract

import (
	"strings"

	"broadsheet"
	"broadsheet/internal/excerpt"
)

// blockPageWords say, in the title or the text of a page that has little of it, why it is not the article.
var blockPageWords = []struct{ why, words string }{
	{"captcha", "just a moment|attention required|checking your browser|are you a robot|are you human|verify you are human|verifying you are human|security check|captcha|unusual traffic|ddos protection|pardon our interruption|bot verification|one more step|human verification"},
	{"refused", "access denied|403 forbidden|forbidden|you have been blocked|request blocked|error 1020|429 too many"},
	{"not found", "page not found|404|not found|page doesn't exist|page does not exist|no longer available|seite nicht gefunden|page introuvable|página no encontrada|pagina non trovata|página não encontrada|pagina niet gevonden|страница не найдена|页面不存在|ページが見つかりません|페이지를 찾을 수 없습니다"},
	{"login", "log in|login|sign in|sign up|create an account|anmelden|einloggen|se connecter|iniciar sesión|accedi|inloggen|logga in|войти|登录|ログイン|로그인"},
	{"cookie wall", "before you continue|we value your privacy|your privacy choices|cookie consent|privacy settings|we use cookies|accept all cookies|wir verwenden cookies|nous utilisons des cookies|datenschutzeinstellungen|is part of the yahoo family|consent to the use"},
	{"parked domain", "domain is for sale|domain may be for sale|buy this domain|this domain is parked|domain has expired|account suspended|website expired|default web page|welcome to nginx|it works!"},
	{"needs javascript", "enable javascript|javascript is disabled|javascript is required|requires javascript|javascript to run this app|browser is not supported|unsupported browser"},
}

// blockPage gives why a page is not the article that was asked for; empty: it is.
func blockPage(page broadsheet.Page, r *pageDoc) string {
	if page.Words > 150 {
		return ""
	}
	title := strings.ToLower(page.Title)
	for _, w := range blockPageWords {
		for word := range strings.SplitSeq(w.words, "|") {
			if at := strings.Index(title, word); at >= 0 && len(title) < 3*len(word)+25 && (at == 0 || page.Words < 60) {
				if page.Words < 60 || at == 0 && len(title) < len(word)+8 {
					return w.why
				}
			}
		}
	}
	if page.Words > 60 {
		return ""
	}
	seen := strings.ToLower(page.Text + " " + r.shown(1500))
	if r.scripted && excerpt.Words(seen) < 4 {
		return "needs javascript"
	}
	for _, w := range blockPageWords {
		if w.why == "login" || w.why == "not found" && page.Words > 25 {
			continue
		}
		for word := range strings.SplitSeq(w.words, "|") {
			if len(word) > 8 && strings.Contains(seen, word) && (page.Words < 25 || strings.Contains(strings.ToLower(page.Text), word)) {
				return w.why
			}
		}
	}
	return ""
}

// shown gives the beginning of all text that the page shows.
func (r *pageDoc) shown(most int) string {
	var text strings.Builder
	for i := range r.blocks {
		if text.Len() > most {
			break
		}
		text.WriteString(r.blocks[i].text)
		text.WriteByte(' ')
	}
	return text.String()
}
