// What `dev` asks the mock to put behind its offers.
import ArgumentParser

/// The values of the mock's option `--media`.
enum MockMedia: String, ExpressibleByArgument, CaseIterable {
  case peer, none
}
