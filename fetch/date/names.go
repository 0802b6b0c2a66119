package date

import (
	"regexp"
	"strings"
	"time"

	// Dates in feeds name zones, and a machine may have no zone files.
	_ "time/tzdata"
)

// monthNames are the names and abbreviations of months in the languages of most blogs, as foldDate returns them.
var monthNames = func() map[string]int {
	names := map[string]int{}
	for i, all := range [12]string{
		`jan january januar jaenner janner janvier janv enero ene janeiro gennaio gen januari stycznia styczen sty leden ledna
		 januara января январь янв січня січень січ ocak oca januar ianuarie ian ιανουαριου ιανουαριος ιαν gener tammikuuta tammikuu يناير ינואר בינואר siječnja`,
		`feb february februar feber fevrier fevr fev febrero fevereiro febbraio februari lutego luty lut unora unor februara
		 февраля февраль фев февр лютого лютий лют subat sub februarie φεβρουαριου φεβρουαριος φεβ φεβρ febrer helmikuuta helmikuu فبراير פברואר בפברואר veljace`,
		`mar march marz maerz mrz mars marzo marco maart mrt marts marca marzec brezna brezen марта март мар березня березень бер mart
		 marcius marc martie μαρτιου μαρτιος μαρ μαρτ marc maliskuuta maaliskuuta maaliskuu maret مارس מרץ במרץ ozujka`,
		`apr april avril avr abril abr aprile kwietnia kwiecien kwi dubna duben aprila апреля апрель апр квітня квітень квіт nisan nis aprilis
		 aprilie απριλιου απριλιος απρ huhtikuuta huhtikuu أبريل ابريل אפריל באפריל travnja`,
		`may mai mayo maio maggio mag mei maj maja kvetna kveten мая май маи травня травень трав mayis majus μαιου μαιος μαι maig toukokuuta toukokuu مايو מאי במאי svibnja`,
		`jun june juni juin junio junho giugno giu czerwca czerwiec cze cervna cerven juna июня июнь июн червня червень черв haziran haz junius iunie iun ιουνιου ιουνιος ιουν
		 juny kesakuuta kesakuu يونيو יוני ביוני lipnja`,
		`jul july juli juillet juil julio julho luglio lug lipca lipiec lip cervence cervenec jula июля июль июл липня липень лип temmuz tem julius iulie iul ιουλιου ιουλιος ιουλ
		 juliol heinakuuta heinakuu يوليو יולי ביולי srpnja`,
		`aug august aout agosto ago augustus augusti sierpnia sierpien sie srpna srpen augusta августа август авг серпня серпень серп agustos agu augusztus αυγουστου αυγουστος αυγ
		 agost elokuuta elokuu أغسطس اغسطس אוגוסט באוגוסט`,
		`sep sept september septembre septiembre setiembre set setembro settembre wrzesnia wrzesien wrz zari septembra сентября сентябрь сен сент вересня вересень вер eylul eyl
		 szeptember szept septembrie σεπτεμβριου σεπτεμβριος σεπ σεπτ setembre syyskuuta syyskuu سبتمبر ספטמבר בספטמבר rujna`,
		`oct october oktober okt octobre octubre outubro out ottobre ott pazdziernika pazdziernik paz rijna rijen oktobra октября октябрь окт жовтня жовтень жовт ekim eki octombrie
		 οκτωβριου οκτωβριος οκτ lokakuuta lokakuu أكتوبر اكتوبر אוקטובר באוקטובר`,
		`nov november novembre noviembre novembro listopada listopad lis listopadu novembra ноября ноябрь ноя нояб листопада листопад лист kasim kas noiembrie noi
		 νοεμβριου νοεμβριος νοε νοεμ marraskuuta marraskuu نوفمبر נובמבר בנובמבר studenoga`,
		`dec december decembre diciembre dic dezembro dez dicembre dezember grudnia grudzien gru prosince prosinec decembra desember des декабря декабрь дек грудня грудень груд
		 aralik ara decembrie δεκεμβριου δεκεμβριος δεκ desembre joulukuuta joulukuu ديسمبر דצמבר בדצמבר prosinca`,
	} {
		for name := range strings.FieldsSeq(all) {
			names[foldDate(name)] = i + 1
		}
	}
	return names
}()

// zoneMinutes are the zones that are named by letters, in minutes east of Greenwich. American zones without S or D are
// standard time. A single letter means what RFC 822 section 5.1 defines. IST is India's: most who use it are there.
var zoneMinutes = func() map[string]int {
	zones := map[string]int{
		"z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "cest": 120, "met": 60, "mest": 120, "mez": 60, "mesz": 120,
		"wat": 60, "cat": 120, "sast": 120, "eat": 180, "eet": 120, "eest": 180, "msk": 180, "msd": 240, "trt": 180, "gst": 240, "pkt": 300,
		"ist": 330, "npt": 345, "wib": 420, "ict": 420, "hkt": 480, "sgt": 480, "myt": 480, "pht": 480, "awst": 480, "jst": 540, "kst": 540,
		"acst": 570, "aest": 600, "acdt": 630, "aedt": 660, "nzst": 720, "nzdt": 780,
		"nst": -210, "ndt": -150, "ast": -240, "adt": -180, "at": -240, "brt": -180, "brst": -120, "art": -180, "clt": -240,
		"et": -300, "est": -300, "edt": -240, "ct": -360, "cst": -360, "cdt": -300, "mt": -420, "mst": -420, "mdt": -360,
		"pt": -480, "pst": -480, "pdt": -420, "akst": -540, "akdt": -480, "hst": -600, "sst": -660,
	}
	for i, letter := range "abcdefghiklm" {
		zones[string(letter)] = -60 * (i + 1)
	}
	for i, letter := range "nopqrstuvwxy" {
		zones[string(letter)] = 60 * (i + 1)
	}
	return zones
}()

var (
	zoneOffset = regexp.MustCompile(`^[ .,]*(?:[a-z]{1,5} ?)?[+-]{1,2}([0-9]{1,2}):?([0-9]{2})?\b`)
	zoneSign   = regexp.MustCompile(`[+-]+`)
	zoneName   = regexp.MustCompile(`^[ .,]*([a-z]{1,5})\b`)
	zoneRegion = regexp.MustCompile(`^[ .,]*([a-z_]+(?:/[a-z_+0-9-]+){1,2})`)
)

// takeZone parses the zone in the text after a time, and returns the rest of the text; nil if there is no zone. If there
// are an offset and a name, the offset counts.
func takeZone(text string) (*time.Location, string) {
	if at := zoneRegion.FindStringSubmatchIndex(text); at != nil {
		if zone, err := time.LoadLocation(zoneFileName(text[at[2]:at[3]])); err == nil {
			return zone, text[at[1]:]
		}
	}
	if at := zoneOffset.FindStringSubmatchIndex(text); at != nil {
		minutes := 60 * number(text[at[2]:at[3]])
		if at[4] >= 0 {
			minutes += number(text[at[4]:at[5]])
		}
		if strings.HasSuffix(zoneSign.FindString(text[:at[1]]), "-") {
			minutes = -minutes
		}
		if minutes >= -24*60 && minutes <= 24*60 {
			return time.FixedZone("", 60*minutes), afterName(text[at[1]:])
		}
	}
	return takeNamedZone(text)
}

// takeNamedZone parses a zone that is named by letters.
func takeNamedZone(text string) (*time.Location, string) {
	if at := zoneName.FindStringSubmatchIndex(text); at != nil {
		if minutes, ok := zoneMinutes[text[at[2]:at[3]]]; ok {
			return time.FixedZone("", 60*minutes), text[at[1]:]
		}
	}
	return nil, text
}

// afterName skips the name of a zone after its offset.
func afterName(text string) string {
	if at := zoneName.FindStringSubmatchIndex(text); at != nil && monthNames[text[at[2]:at[3]]] == 0 {
		return text[at[1]:]
	}
	return text
}

// zoneFileName returns a lower-case zone name as the zone files spell it.
func zoneFileName(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		words := strings.Split(part, "_")
		for j, word := range words {
			if word != "" && word != "of" && word != "es" {
				words[j] = strings.ToUpper(word[:1]) + word[1:]
			}
		}
		parts[i] = strings.Join(words, "_")
	}
	if parts[0] == "Etc" {
		parts[len(parts)-1] = strings.ToUpper(parts[len(parts)-1])
	}
	return strings.Join(parts, "/")
}
