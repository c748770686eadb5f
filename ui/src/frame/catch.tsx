import { Component, type ReactNode } from 'react'

/** Keeps a fault of one page away from the frame around it. */
export class Catch extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null }
  static getDerivedStateFromError(error: Error) {
    return { error }
  }
  override render() {
    if (this.state.error === null) return this.props.children
    return (
      <main>
        <div className="state" role="alert">
          <h2>This page failed</h2>
          <p>{this.state.error.message} Nothing was changed. If a newer version is served, reloading brings it.</p>
          <p>
            <button type="button" className="btn" onClick={() => location.reload()}>
              Reload
            </button>
          </p>
        </div>
      </main>
    )
  }
}
