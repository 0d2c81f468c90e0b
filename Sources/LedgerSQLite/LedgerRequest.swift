// What is asked of the file, as values that can wait together.
import Ledger

/// One call of the ledger on its way to the file.
enum LedgerRequest: Sendable {
  case begin(SessionIntent)
  case record([LedgerFact], session: String, Lease)
  case read(session: String)
  case claim(session: String, RelayID, ClaimRule)
  case renew([String: Lease])
  case release(session: String, Lease)
  case orphans(RelayID)
  case unended(provider: String)
  case charge(milliseconds: Int64, day: Int64)
}
