// What the file answered.
import Ledger

/// The reply to a ``LedgerRequest``.
enum LedgerReply: Sendable {
  case done
  case lease(Lease)
  case claim(Claim)
  case leases([String: Lease])
  case record(SessionRecord?)
  case records([SessionRecord])
  case account(milliseconds: Int64)
}
