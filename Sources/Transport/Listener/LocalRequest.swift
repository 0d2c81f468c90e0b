// Says whether a request can only come from this machine, whoever's page made the browser send it.
import Basics
import Wire

extension HTTPRequest {
  /// Whether it comes from this machine and, from a page, from one of a loopback origin. The host that it names has to be
  /// loopback too: a page from elsewhere could otherwise come here under a name of its own that leads to this machine (DNS
  /// rebinding).
  public var isOfThisMachine: Bool {
    PeerNetwork(address: remoteAddress)?.isLocal == true && namesThisMachine && isFromNoPageElsewhere
  }

  /// Whether `Host` is a loopback host.
  public var namesThisMachine: Bool { HostName.isLoopback(authority: headers["Host"] ?? "") }

  /// Whether it comes from a program, or from a page of this machine. Where a browser names no origin, as for pictures and
  /// links, it says whether the page is of another site (Fetch Metadata, section 2.1).
  public var isFromNoPageElsewhere: Bool {
    guard let origin = headers["Origin"] else { return headers["Sec-Fetch-Site"] != "cross-site" }
    return HostName.isLoopback(origin: origin)
  }
}
