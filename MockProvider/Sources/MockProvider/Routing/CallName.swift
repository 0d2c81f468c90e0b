// The names of the vendors' calls, as faults and the journal use them.

/// Every call that the mock answers.
public enum CallName: String, Sendable, CaseIterable {
  case didCreate = "did.create"
  case didSDP = "did.sdp"
  case didIce = "did.ice"
  case didSpeak = "did.speak"
  case didDelete = "did.delete"
  case heyGenNew = "heygen.new"
  case heyGenStart = "heygen.start"
  case heyGenIce = "heygen.ice"
  case heyGenTask = "heygen.task"
  case heyGenInterrupt = "heygen.interrupt"
  case heyGenStop = "heygen.stop"
  case heyGenKeepAlive = "heygen.keepAlive"
  case heyGenList = "heygen.list"
  case heyGenListV2 = "heygen.listV2"
  case heyGenCreateToken = "heygen.createToken"
  case heyGenAvatarList = "heygen.avatarList"
  case heyGenStartListening = "heygen.startListening"
  case heyGenStopListening = "heygen.stopListening"

  var vendor: Vendor { rawValue.hasPrefix("did.") ? .did : .heygen }
}
