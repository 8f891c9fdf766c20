import js from '@eslint/js';
import reactHooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import tseslint from 'typescript-eslint';

const FEATURES = ['account', 'auth', 'chart', 'history', 'market', 'performance', 'positions', 'settings', 'trade'];

// No feature imports another: what two of them need lives in lib or components, so the list of exceptions is empty.
// Add one here, as importer: [imported], with its reason, if that ever stops being sensible.
const FEATURE_EXCEPTIONS = {};

/** app -> features -> components -> lib: what the files of a room may not import. Rooms are named by `@/`, never by `../`. */
function arrow(room, forbidden) {
  return {
    files: [`src/${room}/**/*.{ts,tsx}`],
    ignores: ['src/**/*.test.{ts,tsx}'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['../*'], message: 'Import from another folder by its room: @/room/file.' },
            {
              group: [...forbidden, 'testing'].flatMap((name) => [`@/${name}`, `@/${name}/**`]),
              message: 'Imports go app -> features -> components -> lib, and no feature imports another.',
            },
          ],
        },
      ],
    },
  };
}

const arrows = [
  arrow('app', []),
  arrow('components', ['app', 'features']),
  arrow('lib', ['app', 'features', 'components']),
  ...FEATURES.map((feature) => {
    const allowed = [feature, ...(FEATURE_EXCEPTIONS[feature] ?? [])];
    const others = FEATURES.filter((other) => !allowed.includes(other)).map((other) => `features/${other}`);
    return arrow(`features/${feature}`, ['app', ...others]);
  }),
];

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'src/lib/api/schema.ts'] },
  js.configs.recommended,
  {
    files: ['src/**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, reactHooks.configs.flat.recommended],
    languageOptions: {
      globals: globals.browser,
      parserOptions: { project: './tsconfig.app.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      'no-console': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Colours are tokens (src/app/styles.css): a literal would look wrong in one of the two themes.
      'no-restricted-syntax': [
        'error',
        { selector: 'Literal[value=/#[0-9a-fA-F]{6}|rgba?\\(/]', message: 'Use a colour token from styles.css.' },
      ],
    },
  },
  ...arrows,
  {
    files: ['src/**/*.test.{ts,tsx}', 'src/testing/**'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  { files: ['*.js', 'scripts/*.mjs'], languageOptions: { globals: globals.node } },
  { files: ['*.ts', 'scripts/*.ts'], extends: [tseslint.configs.strict], languageOptions: { globals: globals.node } },
  { files: ['public/**/*.js'], languageOptions: { globals: globals.browser, sourceType: 'script' } },
);
