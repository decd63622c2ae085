/** Starts the console in the browser. It must not know any page. */
import '@fontsource-variable/inter/wght.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/buttons.css';
import './styles/fields.css';
import './styles/badges.css';
import './styles/cards.css';
import './styles/code.css';
import './styles/overlays.css';
import './styles/tabs.css';
import './styles/charts.css';
import './styles/lists.css';
import './styles/timeline.css';
import './styles/shell.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { createSession } from './session.ts';
import { applyTheme, chosenTheme } from './theme.ts';

applyTheme(chosenTheme());
const root = document.getElementById('root');
if (root === null) throw new Error('the page has no place for the console');
createRoot(root).render(
  <StrictMode>
    <App session={createSession(window)} />
  </StrictMode>,
);
