#include "ledger/rules.hpp"
namespace xinlian::ledger {
namespace {
std::int64_t days_of(Date d){ std::int64_t y=d/10000; unsigned m=d/100%100, dd=d%100; y-=m<=2; const std::int64_t era=y/400; const unsigned yoe=static_cast<unsigned>(y-era*400); const unsigned doy=(153*(m>2?m-3:m+9)+2)/5+dd-1; const unsigned doe=yoe*365+yoe/4-yoe/100+doy; return era*146097+static_cast<std::int64_t>(doe)-719468; }
Date date_of_days(std::int64_t z){ z+=719468; const std::int64_t era=z/146097; const unsigned doe=static_cast<unsigned>(z-era*146097); const unsigned yoe=(doe-doe/1460+doe/36524-doe/146096)/365; const std::int64_t y=static_cast<std::int64_t>(yoe)+era*400; const unsigned doy=doe-(365*yoe+yoe/4-yoe/100); const unsigned mp=(5*doy+2)/153; const unsigned d=doy-(153*mp+2)/5+1; const unsigned m=mp<10?mp+3:mp-9; return static_cast<Date>((y+(m<=2))*10000+m*100+d); }
}
Date date_of(Time t){ return date_of_days(static_cast<std::int64_t>((t.ms/1000+8*3600)/86400)); }
Date plus_days(Date d, unsigned n){ return date_of_days(days_of(d)+n); }
Date plus_months(Date d, unsigned n){ unsigned m=d/100%100-1+n; unsigned y=d/10000+m/12; m=m%12+1; unsigned dd=d%100; while(!is_valid(y*10000+m*100+dd)) --dd; return y*10000+m*100+dd; }
Date plus_years(Date d, unsigned n){ return plus_months(d,12*n); }
const Rules& Rules::shipped(){ static const Rules r; return r; }
RepairTerm Rules::repair_term(Date, std::uint16_t grade) const { return {grade==3?12u:3u,36}; }
Date Rules::dispute_due(std::string_view, Date opened) const { return plus_days(opened,20); }
}
namespace xinlian::ledger { std::optional<Date> Rules::last_query_day(std::string_view, const Entry&) const { return {}; } }
